import type { AttemptEnd } from "../../model/contracts/step.ts";
import type { Result } from "../../model/data/result.ts";
import type { EventSchema, Fact, FeatureEvents, JournalEvent, StepFact } from "../../model/event.ts";
import type { Delivery, FeatureMessages, MessageSchema, Refusal } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import type { Answer } from "../../model/question.ts";
import type { RunStatus } from "../../model/run.ts";
import type { FeatureState, RunState, StepAttempt, StepState } from "../../model/run-state.ts";
import {
  type Moves,
  RUN_STATUSES_OF,
  type RunStatuses,
  STEP_TRANSITIONS,
  type StepTransitions,
} from "./transitions.ts";

/**
 * A capability of a run in one object: its events, its fields of the state, its messages, what it lets start, and what
 * follows from an outcome. Each is optional. Its file declares the types of its events, messages and fields where
 * `model` says so. `run/features/index.ts` lists all of them.
 */
export interface Feature {
  readonly events?: { readonly [T in keyof FeatureEvents]?: EventRules<FeatureEvents[T]> };
  readonly messages?: { readonly [A in keyof FeatureMessages]?: MessageRules<FeatureMessages[A]> };

  /**
   * Its fields of the state of a new run. Events change them and never delete them. Its fields of a step are optional,
   * and a new step has none.
   */
  readonly initial?: (plan: Plan) => Partial<FeatureState>;
  /** Those of its fields that `rebuild` computes. A snapshot leaves them out, and keeps all others as they are. */
  readonly indexes?: readonly (keyof FeatureState)[];
  /** Those of its indexes that are sets whose order matters, by the name under which a snapshot keeps that order. */
  readonly sets?: Readonly<Record<string, SetField>>;
  /** Computes its indexes from the steps: in a revived state, and after an event that changed many steps at once. */
  readonly rebuild?: (plan: Plan, state: RunState) => void;

  readonly admission?: Admission;
  /** A fact that must come before the step starts. `ahead`: how many facts come before that one. */
  readonly beforeStart?: (plan: Plan, state: RunState, index: number, ahead: number) => Fact | undefined;
  /** Called when a step becomes ready for workers: once its gate has let it pass, or for another attempt. Evaluates nothing. */
  readonly onReady?: (plan: Plan, state: RunState, index: number) => void;
  /** Steps for which it has something under way that only an owner of the run ends. */
  readonly underWay?: (state: RunState) => Iterable<number>;
  /** What follows for these when a new owner has taken the run, and nothing of them runs any more. */
  readonly recover?: (plan: Plan, state: RunState) => readonly Fact[];
  /** Whether something must happen before the checks of a delivered step run. */
  readonly holdsBack?: (step: StepState) => boolean;
  /** What Baton starts next besides steps, while the run is running. Its event ends the need. */
  readonly next?: (plan: Plan, state: RunState) => Fact | undefined;
  /** The next fact that time alone brings about while the run is running, and when. Its event ends the timer. */
  readonly timer?: (plan: Plan, state: RunState) => { readonly at: number; readonly fact: Fact } | undefined;
  /** Whether the run waits for a person. Its clock then stops while nothing is in progress. */
  readonly awaitsPerson?: (state: RunState) => boolean;

  /** Called after every event about a step. `wasInProgress`: whether it was running or assigned before. */
  readonly afterStep?: (
    plan: Plan,
    state: RunState,
    index: number,
    event: JournalEvent,
    wasInProgress: boolean,
  ) => void;
  /** Called after every event about the run. */
  readonly afterRun?: (plan: Plan, state: RunState, event: JournalEvent) => void;
  /** What follows from the end of an attempt that Baton performed, in place of the usual. */
  readonly onOutcome?: (
    plan: Plan,
    state: RunState,
    index: number,
    end: AttemptEnd,
    now: number,
  ) => readonly Fact[] | undefined;
  /** What is recorded in place of a delivery that fits its schema. `usual`: what follows from it otherwise. */
  readonly onDelivery?: (
    plan: Plan,
    state: RunState,
    index: number,
    usual: readonly Fact[],
  ) => readonly Fact[] | undefined;
  /** What follows from the person's answers to the open round of a step, in place of the usual. */
  readonly onAnswers?: (
    plan: Plan,
    state: RunState,
    index: number,
    answers: readonly Answer[],
  ) => readonly Fact[] | undefined;
  /** What to answer to the token of an assignment that this feature ended; `undefined` if it ended no such one. */
  readonly replyToToken?: (
    step: StepState,
    message: Delivery,
    stepAttempt: StepAttempt,
  ) => Result<Fact[], Refusal> | undefined;
  /** What a fork keeps of a step besides its outcome. `until`: an instant; nothing later is kept. */
  readonly keptByFork?: (id: string, step: StepState, state: RunState, until: number) => StepFact | undefined;
}

type SetField = { [F in keyof FeatureState]-?: FeatureState[F] extends Set<number> ? F : never }[keyof FeatureState];

/** Applies an event about a step. Call `editStep` for every other step that changes. */
export type StepFold<E> = (plan: Plan, state: RunState, index: number, event: E) => void;
/** Applies an event about the run. */
export type RunFold<E> = (plan: Plan, state: RunState, event: E) => void;

/** When an event may happen, and what it does. `moves`: what it may do to its step. */
type EventRules<E> = { readonly schema: EventSchema; readonly runStatuses: readonly RunStatus[] } & (E extends {
  readonly step: string;
}
  ? { readonly moves: Moves; readonly fold: StepFold<E> }
  : { readonly fold: RunFold<E> });

/** What follows from a message with a token. It reaches the feature only if its sender has the step. */
export type Deliver<M> = (
  plan: Plan,
  state: RunState,
  index: number,
  message: M,
  stepAttempt: StepAttempt,
  now: number,
) => Result<Fact[], Refusal>;
/** What follows from any other message. */
export type Handle<M> = (plan: Plan, state: RunState, message: M, now: number) => Result<Fact[], Refusal>;

type MessageRules<M> = { readonly schema: MessageSchema } & (M extends { readonly assignment: string }
  ? { readonly deliver: Deliver<M> }
  : { readonly handle: Handle<M> });

/** Which steps may start now. A step with lane 0 always may. */
export interface Admission {
  /** Steps in one lane wait together: while the first of them may not start, no other one may. */
  readonly lane: (plan: Plan, index: number) => number;
  /** Returns a predicate that reserves a place for every step it accepts; `undefined` if all may start. */
  readonly open: (plan: Plan, state: RunState) => ((index: number) => boolean) | undefined;
  /** Why a step waits, in words. */
  readonly reason: string;
}

type HookName =
  | "initial"
  | "rebuild"
  | "admission"
  | "beforeStart"
  | "onReady"
  | "next"
  | "underWay"
  | "recover"
  | "holdsBack"
  | "timer"
  | "awaitsPerson"
  | "afterStep"
  | "afterRun"
  | "onOutcome"
  | "onDelivery"
  | "onAnswers"
  | "replyToToken"
  | "keptByFork";

/** The features of a run, by what they bring, so that an event asks only those that have something to say. */
export type FeatureTable = { readonly [H in HookName]: readonly NonNullable<Feature[H]>[] } & {
  /**
   * What events may do to a step, and the run statuses in which they may happen: those of every run and of features.
   */
  readonly transitions: StepTransitions;
  readonly runStatuses: RunStatuses;
  readonly events: NonNullable<Feature["events"]>;
  readonly messages: NonNullable<Feature["messages"]>;
  readonly indexes: readonly (keyof FeatureState)[];
  readonly sets: Readonly<Record<string, SetField>>;
};

declare module "../../model/run-state.ts" {
  interface RunState {
    /** The rules of the features that the run is played by. */
    readonly features: FeatureTable;
  }
}

export function featureTable(features: readonly Feature[]): FeatureTable {
  const all = <H extends HookName>(hook: H) =>
    features.flatMap((feature) => feature[hook] ?? []) as unknown as FeatureTable[H];
  const sets = Object.assign({}, ...features.map((feature) => feature.sets)) as FeatureTable["sets"];
  const events: Readonly<Record<string, { runStatuses: readonly RunStatus[]; moves?: Moves }>> = Object.assign(
    {},
    ...features.map((feature) => feature.events),
  );
  const ofEvents = (part: "moves" | "runStatuses") =>
    Object.fromEntries(Object.entries(events).map(([type, rules]) => [type, rules[part]]));
  return {
    events: events as FeatureTable["events"],
    transitions: { ...STEP_TRANSITIONS, ...ofEvents("moves") },
    runStatuses: { ...RUN_STATUSES_OF, ...ofEvents("runStatuses") },
    messages: Object.assign({}, ...features.map(({ messages }) => messages)) as FeatureTable["messages"],
    indexes: [...features.flatMap(({ indexes = [] }) => indexes), ...Object.values(sets)],
    sets,
    initial: all("initial"),
    rebuild: all("rebuild"),
    admission: all("admission"),
    beforeStart: all("beforeStart"),
    onReady: all("onReady"),
    next: all("next"),
    underWay: all("underWay"),
    recover: all("recover"),
    holdsBack: all("holdsBack"),
    timer: all("timer"),
    awaitsPerson: all("awaitsPerson"),
    afterStep: all("afterStep"),
    afterRun: all("afterRun"),
    onOutcome: all("onOutcome"),
    onDelivery: all("onDelivery"),
    onAnswers: all("onAnswers"),
    replyToToken: all("replyToToken"),
    keptByFork: all("keptByFork"),
  };
}
