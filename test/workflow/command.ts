import { z } from "zod";
import { agentSyntax, skillSyntax } from "../../src/engine/steps/agent.ts";
import type { StepSyntax } from "../../src/model/contracts/step.ts";
import { formatDiagnostic } from "../../src/model/diagnostic.ts";
import type { Facts, Plan, StepFacts } from "../../src/model/plan.ts";
import type { JsonObject } from "../../src/model/workflow.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";
import type { Parsed, ParseOptions } from "../../src/workflow/parsed-workflow.ts";
import type { Source } from "../../src/workflow/source/source.ts";

/** A step type like the real one, so that the rules are tested without the room that performs steps. */
export const command: StepSyntax = {
  type: "command",
  fields: {
    command: z.string().min(1),
    environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    workingDirectory: z.string().optional(),
  },
  templates: { command: "shell", environment: "text", workingDirectory: "text" },
};

const OPTIONS: ParseOptions = { stepTypes: [command], maxSteps: 10_000 };

export function parse(source: Source, options: Partial<ParseOptions> = {}) {
  return parseWorkflow(source, { ...OPTIONS, ...options });
}

/** What a valid workflow parses to; fails the test otherwise. */
export function parsed(source: Source, options: Partial<ParseOptions> = {}): Parsed {
  const result = parse(source, options);
  if (!result.ok) throw new Error(result.error.map(formatDiagnostic).join("\n"));
  return result.value;
}

/** The mistakes of an invalid workflow, each on its line. */
export function mistakes(source: Source, options: Partial<ParseOptions> = {}): string[] {
  const result = parse(source, options);
  return result.ok ? [] : result.error.map(formatDiagnostic);
}

/** A plan of small steps: `{ id: fields }` with a command filled in, and dependencies as `a → b`. */
export function planOf(
  steps: Readonly<Record<string, object>>,
  dependencies: readonly (string | object)[] = [],
  more: object = {},
): Plan {
  const value = {
    name: "test",
    steps: Object.entries(steps).map(([id, fields]) => ({ id, command: "true", ...fields })),
    dependencies: dependencies.map((each) => {
      if (typeof each !== "string") return each;
      const [from, to] = each.split(" → ");
      return { from, to };
    }),
    ...more,
  };
  return compilePlan(parsed({ value }).workflow, [command]);
}

/** Facts where every step completed, but for what is said. */
export function factsOf(
  plan: Plan,
  steps: Readonly<Record<string, Partial<StepFacts>>> = {},
  given: { parameters?: JsonObject; context?: JsonObject } = {},
): Facts {
  return {
    parameters: given.parameters ?? {},
    context: given.context ?? {},
    step: (index) => ({ status: "completed", attempt: 1, ...steps[plan.workflow.steps[index]!.id] }),
  };
}

/** All that the dialects need to know of steps. */
export const everyType: readonly StepSyntax[] = [command, agentSyntax, skillSyntax];
