import { z } from "zod";
import type { StepSyntax } from "../../../src/model/contracts/step.ts";
import type { JournalEvent } from "../../../src/model/event.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { RunState } from "../../../src/model/run-state.ts";
import type { Dependency, Step, Workflow } from "../../../src/model/workflow.ts";
import { initialState } from "../../../src/run/fold.ts";
import { compilePlan } from "../../../src/workflow/graph/plan.ts";

/** A step of the model with everything but its id at its default. */
export type StepSketch = { id: string; command?: string } & Partial<Omit<Step, "retry">> & {
    retry?: Partial<Step["retry"]>;
  };

export function workflowOf(
  steps: readonly StepSketch[],
  dependencies: readonly Dependency[] = [],
  rest: Partial<Workflow> = {},
): Workflow {
  return {
    name: "test",
    context: {},
    ...rest,
    dependencies: [...dependencies],
    steps: steps.map(({ command = "true", retry, ...step }) => ({
      name: step.id,
      type: "command",
      config: { command },
      onCrash: "retry",
      optional: false,
      ...step,
      retry: { retries: 0, delay: 1000, multiplier: 1, ...retry },
    })),
  };
}

/** The syntax of command steps that the rules need. */
export const commandSyntax: StepSyntax = {
  type: "command",
  fields: { command: z.string() },
  templates: { command: "shell", environment: "text", workingDirectory: "text" },
};

/** The syntax of worker steps that the rules need. */
const workerSyntax: StepSyntax = { type: "agent", fields: { agent: z.string() }, templates: {}, byWorker: true };

export const planOf = (...args: Parameters<typeof workflowOf>): Plan =>
  compilePlan(workflowOf(...args), [commandSyntax, workerSyntax]);

export type Created = Extract<JournalEvent, { type: "run_created" }>;

export function created(rest: Partial<Created> = {}): Created {
  return {
    type: "run_created",
    at: 1_000_000,
    epoch: 1,
    format: 1,
    workflowId: "wf_0123456789",
    name: "test",
    mode: "parallel",
    maxParallel: 4,
    cwd: "/",
    durability: "process",
    ...rest,
  };
}

export function beginning(plan: Plan, rest: Partial<Created> = {}, parameters = {}): RunState {
  return initialState(plan, created(rest), { parameters, context: plan.workflow.context });
}

/** `a → b`, `b → c: failure` */
export function edges(...pairs: string[]): Dependency[] {
  return pairs.map((pair) => {
    const [from, to, condition] = pair.split(/\s*(?:→|:)\s*/);
    return { from: from!, to: to!, ...(condition && { condition: condition as NonNullable<Dependency["condition"]> }) };
  });
}
