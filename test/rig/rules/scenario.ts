import { agentSyntax, skillSyntax } from "../../../src/engine/steps/agent.ts";
import { growSyntax } from "../../../src/engine/steps/grow.ts";
import type { AttemptEnd, NewSteps } from "../../../src/model/contracts/step.ts";
import type { Fact, JournalEvent } from "../../../src/model/event.ts";
import type { Baseline, CheckResult } from "../../../src/model/evidence.ts";
import { assignmentIdFrom } from "../../../src/model/ids.ts";
import type { Message, Refusal, Request } from "../../../src/model/message.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { RunState, StepState } from "../../../src/model/run-state.ts";
import type { RunView } from "../../../src/model/view.ts";
import type { Performer } from "../../../src/model/worker.ts";
import type { Dependency, JsonObject, Workflow } from "../../../src/model/workflow.ts";
import { factsOfOutcome } from "../../../src/run/attempt-outcome.ts";
import { type Decision, decide } from "../../../src/run/decide.ts";
import { factsOfBaseline } from "../../../src/run/features/baselines.ts";
import { fold, initialState } from "../../../src/run/fold.ts";
import { handleMessage } from "../../../src/run/handle-message.ts";
import { recover, underWay } from "../../../src/run/recovery.ts";
import { fromSnapshot, toSnapshot } from "../../../src/run/snapshot.ts";
import type { FeatureTable } from "../../../src/run/state/feature.ts";
import { viewRun } from "../../../src/run/view/view.ts";
import { expireAssignment } from "../../../src/run/worker/accept.ts";
import { factsOfTree, type TakenForStep } from "../../../src/run/worker/taken-tree.ts";
import { compilePlan } from "../../../src/workflow/graph/plan.ts";
import { allChecks, withChecks } from "./checks.ts";
import { type Created, commandSyntax, created, type StepSketch, workflowOf } from "./workflow.ts";

interface Given {
  readonly workflow?: Partial<Workflow>;
  readonly created?: Partial<Created>;
  readonly parameters?: JsonObject;
  readonly performers?: Readonly<Record<string, readonly Performer[]>>;
  /** The features of the run, if it has others than all runs. */
  readonly features?: FeatureTable;
  /** How the checks of steps go before their work. `by hand`: the test says when and how. */
  readonly before?: CheckResult["outcome"] | "by hand";
  /** Work trees are taken when the test says so, and checkpoints record nothing. Otherwise Baton takes no tree. */
  readonly trees?: "by hand";
  /** A verification without checks, such as the trial of a plan, ends when the test says so. Otherwise nothing speaks against it. */
  readonly trials?: "by hand";
}

/** A step for an agent: `ag` unless it says otherwise. */
export const agentStep = (id: string, config: object = {}, rest: Partial<StepSketch> = {}): StepSketch => ({
  id,
  type: "skill" in config ? "skill" : "agent",
  config: "skill" in config || "needs" in config ? { ...config } : { agent: "ag", ...config },
  ...rest,
});

/** A step that expands into others. Its end says which. */
export const growStep = (id: string, rest: Partial<StepSketch> = {}): StepSketch => ({
  id,
  type: "grow",
  config: {},
  ...rest,
});

/**
 * The end of an expanding step: it expands into these steps. Those without dependencies among them come directly behind
 * it.
 */
export function growing(
  from: string,
  steps: readonly StepSketch[],
  dependencies: readonly Dependency[] = [],
  rest: Partial<NewSteps> = {},
): AttemptEnd {
  const { steps: made } = workflowOf(steps);
  const roots = made.filter(({ id }) => !dependencies.some(({ to }) => to === id)).map(({ id }) => ({ from, to: id }));
  return {
    outcome: "completed",
    newSteps: { steps: made, dependencies: [...roots, ...dependencies], problems: [], maxSteps: 1_000, ...rest },
  };
}

/** A run of the rules alone. The test says what workers do, how attempts end, and how much time passes. */
export class Desk {
  readonly plan: Plan;
  readonly journal: JournalEvent[] = [];
  state: RunState;
  now: number;
  decision: Decision = { facts: [], stops: [] };
  private serial = 0;
  private readonly given: Pick<Given, "before" | "trees" | "trials">;

  constructor(steps: readonly StepSketch[], dependencies: readonly Dependency[] = [], given: Given = {}) {
    this.plan = compilePlan(workflowOf(steps, dependencies, given.workflow), [
      commandSyntax,
      agentSyntax,
      skillSyntax,
      growSyntax,
    ]);
    const first = created(given.created);
    this.now = first.at;
    const { parameters = {}, performers, features } = given;
    this.given = given;
    this.state = initialState(this.plan, first, { parameters, context: {}, performers }, features);
    this.settle();
  }

  step(id: string): StepState {
    return this.state.steps[this.plan.indexOf.get(id)!]!;
  }

  get statuses(): string[] {
    return this.state.steps.map(({ status }) => status);
  }

  /** The run as callers see it. */
  view(): RunView {
    return viewRun(this.plan, this.state, this.now);
  }

  /** `id status` of each existing step. */
  get living(): string[] {
    return viewRun(this.plan, this.state, this.now).steps.map(({ id, status }) => `${id} ${status}`);
  }

  /** The journal as `type step`, from the position `since`. */
  told(since = 0): string[] {
    return this.journal
      .slice(since)
      .map((event) => ("step" in event && event.step ? `${event.type} ${event.step}` : event.type));
  }

  fold(...facts: readonly Fact[]): void {
    this.commit(facts);
    this.settle();
  }

  pass(ms: number): void {
    this.now += ms;
    this.settle();
  }

  /** Sends a message; returns its events, or the reason of a refusal. */
  ask(request: Request, id = `m${this.serial++}`): string[] | Refusal {
    const before = this.journal.length;
    for (
      let late = expireAssignment(this.plan, this.state, this.now);
      late;
      late = expireAssignment(this.plan, this.state, this.now)
    )
      this.commit([late]);
    const answer = handleMessage(this.plan, this.state, { id, ...request } as Message, this.now);
    if (!answer.ok) return answer.error;
    this.commit(answer.value, id);
    this.settle();
    return this.told(before);
  }

  /** Accepts steps; returns the tokens of the assignments that were made. */
  accept(request: Partial<Extract<Request, { action: "accept" }>> = {}, count = 1): string[] {
    const tokens = Array.from({ length: count }, () => this.token());
    this.ask({ action: "accept", tokens, ...request });
    return tokens.filter((token) => this.state.tokens.has(token));
  }

  token(): string {
    const number = this.serial++;
    return assignmentIdFrom(
      this.state.workflowId,
      Uint8Array.from({ length: 12 }, (_, n) => Math.floor(number / 32 ** n) % 32),
    );
  }

  /** Ends an attempt or a verification. */
  end(id: string, end: AttemptEnd = { outcome: "completed", exitCode: 0 }, stopped?: "cancel" | "timeout"): void {
    this.commit(this.concluding(id, end, stopped));
    this.settle();
  }

  fail(id: string): void {
    this.end(id, { outcome: "failed", reason: "exit_code", message: "exit code 1", exitCode: 1 });
  }

  /** Another process takes over the run. */
  takeOver({ orderly = false } = {}): void {
    if (orderly) this.commit([{ type: "owner_left" }]);
    const epoch = this.state.epoch + 1;
    const event: JournalEvent = { at: this.now, epoch, type: "lease_taken", pid: 1, lastBeat: this.now };
    fold(this.plan, this.state, event);
    this.journal.push(event);
    if (underWay(this.state).length > 0) this.commit(recover(this.plan, this.state));
    this.settle();
  }

  /** The same run, as another process reads it from a snapshot. */
  reopen(): void {
    this.state = fromSnapshot(this.plan, JSON.parse(JSON.stringify(toSnapshot(this.state))), this.state.features);
  }

  /** Applies both before a decision follows from either. */
  askAndEnd(request: Request, id: string, end: AttemptEnd): void {
    const answer = handleMessage(this.plan, this.state, { id: `m${this.serial++}`, ...request } as Message, this.now);
    if (!answer.ok) throw new Error(answer.error.message);
    this.commit(answer.value);
    this.end(id, end);
  }

  private concluding(id: string, end: AttemptEnd, stopped: "cancel" | "timeout" | undefined): Fact[] {
    const index = this.plan.indexOf.get(id)!;
    const whole = withChecks(this.plan, this.state, index, end);
    return factsOfOutcome(this.plan, this.state, index, whole, stopped, this.now);
  }

  commit(facts: readonly Fact[], cause?: string): void {
    for (const fact of facts) {
      const event = { at: this.now, epoch: this.state.epoch, ...fact, ...(cause && { cause }) } as JournalEvent;
      fold(this.plan, this.state, event);
      this.journal.push(event);
    }
  }

  private settle(): void {
    for (;;) {
      this.decision = decide(this.plan, this.state, this.now);
      const facts = this.decision.facts.length > 0 ? this.decision.facts : this.learned();
      if (facts.length === 0) return;
      this.commit(facts);
    }
  }

  /** The checks of a step have run before its work. */
  takeBaseline(id: string, baseline: Baseline | CheckResult["outcome"]): void {
    const index = this.plan.indexOf.get(id)!;
    const taken =
      typeof baseline === "string" ? { checks: allChecks(this.plan, this.state, index, baseline) } : baseline;
    this.fold(...factsOfBaseline(this.plan, this.state, index, taken));
  }

  /** The work tree has been taken for a step. */
  takeTree(id: string, taken: Omit<TakenForStep, "moment" | "others"> & { others?: boolean } = {}): void {
    const index = this.plan.indexOf.get(id)!;
    const moment = this.state.steps[index]!.treeing!;
    this.fold(...factsOfTree(this.plan, this.state, index, { moment, others: false, ...taken }, this.now));
  }

  /** What doers report that no test cares about. */
  private learned(): Fact[] {
    const { before = "failed", trees } = this.given;
    const { plan, state, now } = this;
    const [baseline] = before === "by hand" ? [] : state.baselining;
    if (baseline !== undefined && before !== "by hand")
      return factsOfBaseline(plan, state, baseline, { checks: allChecks(plan, state, baseline, before) });
    const last = this.journal[this.journal.length - 1];
    if (last?.type === "verification_started" && this.given.trials !== "by hand") {
      const index = plan.indexOf.get(last.step)!;
      if (allChecks(plan, state, index, "passed").length === 0)
        return factsOfOutcome(plan, state, index, { outcome: "completed" }, undefined, now);
    }
    if (trees === "by hand") {
      const [checkpoint] = state.capturing;
      return checkpoint === undefined ? [] : [{ type: "checkpoint_captured", checkpoint, problem: "not in a test" }];
    }
    const [tree] = state.treeing;
    if (tree === undefined) return [];
    return factsOfTree(plan, state, tree, { moment: state.steps[tree]!.treeing!, others: false }, now);
  }
}
