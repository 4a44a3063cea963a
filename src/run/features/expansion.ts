import { z } from "zod";
import type { NewSteps } from "../../model/contracts/step.ts";
import { attempt, event, type Fact } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { Dependency, Step } from "../../model/workflow.ts";
import { addSteps } from "../state/expansion.ts";
import type { Feature } from "../state/feature.ts";
import { finishFact } from "../state/gate.ts";
import { LIVE, unchanged } from "../state/transitions.ts";

/**
 * New steps that a step was expanded into. They exist while their parent is completed; restarting or failing the
 * parent discards them.
 */
const stepsGrown = event("steps_grown", { ...attempt, steps: z.array(Step), dependencies: z.array(Dependency) });

declare module "../../model/event.ts" {
  interface FeatureEvents {
    steps_grown: z.infer<typeof stepsGrown>;
  }
}

/**
 * A `grow` step becomes steps that its data says. That a plan may grow, and that restarts, restores and stops discard
 * steps, is part of every run: see `state/expansion.ts`.
 */
export const expansion: Feature = {
  events: {
    steps_grown: {
      schema: stepsGrown,
      runStatuses: LIVE,
      // In `pending` and `ready`: a fork is about to copy the step.
      moves: unchanged("running", "pending", "ready"),
      fold: addSteps,
    },
  },
  onOutcome: (plan, state, index, end) =>
    end.outcome === "completed" && end.newSteps ? expansionFacts(plan, state, index, end.newSteps) : undefined,
};

/** At most so many problems are listed and the rest is counted: they are alike. */
const MAX_LISTED_PROBLEMS = 100;

/** What becomes of new steps now that their run is known: all of them are added, or none. */
export function expansionFacts(plan: Plan, state: RunState, index: number, newSteps: NewSteps): Fact[] {
  const { attempt } = state.steps[index]!;
  const stepAttempt = { step: plan.workflow.steps[index]!.id, attempt };
  // A run that is being stopped gets no steps, because they would never start.
  if (state.stopping) return [{ type: "step_cancelled", ...stepAttempt }];
  const { steps, dependencies } = newSteps;
  const problems = [...newSteps.problems, ...conflictsWithRun(plan, newSteps)];
  if (problems.length > 0) {
    const listed = problems.slice(0, MAX_LISTED_PROBLEMS);
    if (problems.length > MAX_LISTED_PROBLEMS)
      listed.push(`and ${problems.length - MAX_LISTED_PROBLEMS} more problems like these`);
    const hint = `Correct the list that "from" gives, then restart the step: action "restart", stepId "${stepAttempt.step}".`;
    return [
      {
        type: "step_failed",
        ...stepAttempt,
        reason: "growth_refused",
        message: `no step was added: ${listed.join("; ")}`,
        hint,
      },
    ];
  }
  const completed = { type: "step_completed", ...stepAttempt, output: steps.map(({ id }) => id) } as const;
  const finished = finishFact(plan, state, index, completed);
  if (steps.length === 0) return [finished];
  return [{ type: "steps_grown", ...stepAttempt, steps: [...steps], dependencies: [...dependencies] }, finished];
}

/** What only the run can say against new steps. */
function conflictsWithRun(plan: Plan, { steps, maxSteps }: NewSteps): string[] {
  const problems: string[] = [];
  const existing = new Map<string, string>();
  plan.workflow.steps.forEach(({ id }, index) => {
    if (!plan.discarded[index]) existing.set(id.toLowerCase(), id);
  });
  for (const { id } of steps) {
    const before = existing.get(id.toLowerCase());
    if (before === id) problems.push(`the run has a step "${id}" already`);
    else if (before !== undefined)
      problems.push(`"${id}" differs from the step "${before}" only in upper and lower case`);
  }
  const total = plan.stepCount + steps.length;
  if (total > maxSteps) problems.push(`the run would have ${total} steps; the limit (maxSteps) is ${maxSteps}`);
  return problems;
}
