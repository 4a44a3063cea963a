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

/** A command step type for tests of parsing and planning, without the code that runs commands. */
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

/** The parsed workflow; fails the test if the workflow is invalid. */
export function parsed(source: Source, options: Partial<ParseOptions> = {}): Parsed {
  const result = parse(source, options);
  if (!result.ok) throw new Error(result.error.map(formatDiagnostic).join("\n"));
  return result.value;
}

/** The diagnostics of an invalid workflow, one per line. */
export function mistakes(source: Source, options: Partial<ParseOptions> = {}): string[] {
  const result = parse(source, options);
  return result.ok ? [] : result.error.map(formatDiagnostic);
}

/** A plan of steps `{ id: fields }`: each gets a command unless it has one; dependencies are written `a → b`. */
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

/** Facts where every step is completed, except for the given steps. */
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

/** The step types that skills and phases become. */
export const everyType: readonly StepSyntax[] = [command, agentSyntax, skillSyntax];
