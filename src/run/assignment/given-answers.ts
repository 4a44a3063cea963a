import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { JsonValue } from "../../model/workflow.ts";

/** What the person was asked by a step, and answered. */
export interface GivenAnswer {
  readonly stepId: string;
  readonly round: number;
  readonly id: string;
  readonly question: string;
  readonly answer: JsonValue;
}

/** Everything that the person was asked in this run and answered, the oldest first. */
export function givenAnswers(plan: Plan, state: RunState): GivenAnswer[] {
  const rounds = state.steps.flatMap(({ rounds = [] }, index) =>
    plan.discarded[index] ? [] : rounds.map((round) => ({ ...round, stepId: plan.workflow.steps[index]!.id })),
  );
  return rounds
    .sort((a, b) => a.askedAt - b.askedAt)
    .flatMap(({ stepId, round, questions, answers = [] }) =>
      answers.map(({ id, answer }, at) => ({ stepId, round, id, question: questions[at]!.question, answer })),
    );
}
