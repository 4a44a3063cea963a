import type { StepState } from "../../model/run-state.ts";
import type { JsonValue } from "../../model/workflow.ts";
import type { Feature } from "../state/feature.ts";

/** What the person was asked by a step, and answered. */
export interface GivenAnswer {
  readonly stepId: string;
  readonly round: number;
  readonly id: string;
  readonly question: string;
  readonly answer: JsonValue;
  /** When it was answered, in milliseconds since 1970. */
  readonly at: number;
}

declare module "../../model/run-state.ts" {
  interface FeatureState {
    /** Everything that the person was asked in this run and answered, the oldest first. */
    givenAnswers: readonly GivenAnswer[];
  }
}

const ANSWERED: ReadonlySet<string> = new Set(["questions_answered", "plan_approved", "plan_declined"]);

/** What a person has answered is told for the whole run: a step that starts over has not made it untrue. */
export const givenAnswers: Feature = {
  initial: () => ({ givenAnswers: [] }),
  afterStep(plan, state, index, { type, at }) {
    if (!ANSWERED.has(type) && type !== "answers_copied") return;
    const { rounds = [] } = state.steps[index]!;
    const stepId = plan.workflow.steps[index]!.id;
    const added = type === "answers_copied" ? rounds : rounds.slice(-1);
    state.givenAnswers = [...state.givenAnswers, ...added.flatMap((round) => answersOf(stepId, round, at))];
  },
  afterRun(_plan, state, event) {
    if (event.type !== "run_restored") return;
    // The run is as it was then, and so is what it knows.
    const then = state.checkpoints.find(({ id }) => id === event.checkpoint)?.at ?? 0;
    state.givenAnswers = state.givenAnswers.filter(({ at }) => at <= then);
  },
};

type Round = NonNullable<StepState["rounds"]>[number];

const answersOf = (stepId: string, { round, questions, answers = [] }: Round, at: number): GivenAnswer[] =>
  answers.map(({ id, answer }, which) => ({ stepId, round, id, question: questions[which]!.question, answer, at }));
