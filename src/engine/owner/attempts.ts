import type { Scheduler } from "../../model/contracts/scheduler.ts";
import type { CommandRunner, Execution, Job, Report, StepContext, StepType } from "../../model/contracts/step.ts";
import type { Store } from "../../model/contracts/store.ts";
import type { Definition } from "../../model/definition.ts";
import type { PlanDocument } from "../../model/deliveries/plan.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { WorkerConfig } from "../../model/worker.ts";
import { passesOn } from "../../run/features/check-results.ts";
import { copyFact } from "../../run/fork.ts";
import { checksOf } from "../../run/state/checks.ts";
import { factsOf } from "../../run/state/gate.ts";
import { deliversPlan } from "../../run/worker/complete-step.ts";
import { FileError } from "../../system/file.ts";
import { tryPlan } from "./plan-trial.ts";
import { verify } from "./verification.ts";

export interface AttemptsOptions {
  readonly id: string;
  readonly definition: Definition;
  readonly plan: Plan;
  readonly store: Store;
  readonly steps: ReadonlyMap<string, StepType>;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly killGrace: number;
  readonly scheduler: Scheduler;
  /** The PATH of commands. */
  readonly path?: string | undefined;
  /** Does work in turns: see `scheduleInTurns`. */
  readonly schedule: (work: () => void) => void;
}

interface InFlight {
  readonly attempt: number;
  /** Tells the checks of an amended delivery from those before, which have the same attempt. */
  readonly serial: number;
  execution?: Execution;
  stopReason?: "cancel" | "timeout";
  /** Why the attempt cannot start at the moment. */
  stalled?: string;
}

/** How long to wait before retrying a write that the disk refused, in milliseconds. */
const WRITE_RETRY_INTERVAL_MS = 1_000;
/** Error codes that mean no file in the state directory can be written, for any step. */
const UNWRITABLE_CODES = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ENFILE", "EIO"]);
const isUnwritable = (error: unknown): boolean => error instanceof FileError && UNWRITABLE_CODES.has(error.code);
/** The report of an attempt that was stopped before it started. `stopReasonOf` tells why. */
const STOPPED_BEFORE_START: Report = {
  kind: "ended",
  end: { outcome: "failed", reason: "signal", message: "was stopped before it started" },
};

type Perform = (job: Job, report: (report: Report) => void, context: () => StepContext) => Execution;

/** Receives the reports of an attempt. `index` is that of its step. */
export type AttemptReport = (index: number, attempt: number, report: Report, serial: number) => void;

/** The attempts and verifications that this process performs for one run. It does not interpret their results. */
export class Attempts {
  private readonly inFlight = new Map<number, InFlight>();
  private begun = 0;

  constructor(
    private readonly options: AttemptsOptions,
    private readonly report: AttemptReport,
    /** Returns the current state of the run. */
    private readonly state: () => RunState,
  ) {}

  /** Starts the attempt that the state shows as running. An attempt that cannot be started is reported as ended. */
  start(stepId: string): void {
    this.begin(stepId, (job, report, context) => {
      const { plan, steps } = this.options;
      const index = plan.indexOf.get(stepId)!;
      const { type } = plan.workflow.steps[index]!;
      if (!plan.byWorker[index]) return steps.get(type)!.perform(job, report, context);
      // The workers have failed. The state says which of the step's fallback commands replaces them.
      const { command } = (job.config as WorkerConfig).fallback![this.state().steps[index]!.fallback! - 1] as {
        command: string;
      };
      return steps.get("command")!.perform({ ...job, config: { command } }, report, context);
    });
  }

  /** Runs the checks of the step on the output that its worker delivered. */
  verify(stepId: string): void {
    this.begin(stepId, (job, report, context) => {
      const type = this.options.steps.get("command")!;
      const command: CommandRunner = { perform: (job, report) => type.perform(job, report, context) };
      const checks = checksOf(job.config, job.values);
      const state = this.state();
      const { plan, scheduler, path } = this.options;
      const index = plan.indexOf.get(stepId)!;
      const { output, treeDelivered, rechecking } = state.steps[index]!;
      // Once others have gone on, the tree is no longer the one that was taken.
      const passed = passesOn(state, rechecking ? undefined : treeDelivered);
      const options = { command, scheduler, path };
      const isPlan = deliversPlan(plan, state, index);
      const delivered = output ?? null;
      let trial: Execution | undefined;
      const verification = verify({ job, checks, delivered, passed, ...options }, (update) => {
        if (!isPlan || update.kind !== "ended" || update.end.outcome !== "completed") return report(update);
        const { end } = update;
        // The checks of its own step hold. Those of the plan's steps are tried next.
        trial = tryPlan({ job, delivered: delivered as unknown as PlanDocument, passed, ...options }, (objections) =>
          report(objections ? { kind: "ended", end: { ...end, objections } } : STOPPED_BEFORE_START),
        );
      });
      return { stop: () => (trial ?? verification).stop(), abandon: () => (trial ?? verification).abandon() };
    });
  }

  /**
   * Why journalled attempts cannot start now: say, the state directory is not writable. Baton retries until they can.
   */
  get stalled(): string | undefined {
    for (const { stalled } of this.inFlight.values()) if (stalled !== undefined) return stalled;
    return undefined;
  }

  private begin(stepId: string, perform: Perform): void {
    const { plan, schedule } = this.options;
    const index = plan.indexOf.get(stepId)!;
    const flight: InFlight = { attempt: this.state().steps[index]!.attempt, serial: ++this.begun };
    this.inFlight.set(index, flight);
    schedule(() => this.tryBegin(index, flight, perform));
  }

  private tryBegin(index: number, flight: InFlight, perform: Perform): void {
    if (this.inFlight.get(index) !== flight) return;
    const { plan, id, store, killGrace } = this.options;
    const state = this.state();
    const { attempt, serial } = flight;
    const stepId = plan.workflow.steps[index]!.id;
    delete flight.stalled;
    const report = (report: Report) => this.report(index, attempt, report, serial);
    if (flight.stopReason) return report(STOPPED_BEFORE_START);
    const rendered = plan.render(index, factsOf(state));
    if (!rendered.ok) {
      report({ kind: "ended", end: { outcome: "failed", ...rendered.error } });
      return;
    }
    const files = store.files(id, stepId, attempt);
    try {
      const job = { workflowId: id, stepId, attempt, ...rendered.value, cwd: state.cwd, files, killGrace };
      flight.execution = perform(job, report, () => this.contextOf(index));
      // Its first report may have made the rules stop it, before there was an execution to stop.
      if (flight.stopReason) flight.execution.stop();
    } catch (error) {
      const { message = String(error) } = error as Partial<Error>;
      if (isUnwritable(error)) {
        // Like a journal on a full disk: it says nothing about the step, so Baton retries.
        flight.stalled = `the step "${stepId}" waits because Baton cannot write its log: ${message}`;
        flight.execution = this.retryLater(report, () => this.tryBegin(index, flight, perform));
        return;
      }
      report({
        kind: "ended",
        end: { outcome: "failed", reason: "spawn_failed", message: `could not be started: ${message}` },
      });
    }
  }

  /** The execution of an attempt that has not started and waits for its next try. */
  private retryLater(report: (report: Report) => void, again: () => void): Execution {
    const cancel = this.options.scheduler.alarm(WRITE_RETRY_INTERVAL_MS, again);
    const stop = () => {
      cancel();
      report(STOPPED_BEFORE_START);
    };
    return { stop, abandon: cancel };
  }

  private contextOf(index: number): StepContext {
    const state = this.state();
    const { plan, definition } = this.options;
    const { attempt, startedAt, origin } = state.steps[index]!;
    const { offsets, list } = plan.predecessors;
    const before = new Set<number>();
    for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
      const { from, type } = plan.edges[list[at]!]!;
      // Other edges do not guarantee that their step is settled. After a crash, the next owner must see the same list.
      if (type === "finish_to_start") before.add(from);
    }
    const { mode, maxParallel, durability, code, runner } = state;
    const { bindings } = plan.workflow.steps[index]!;
    return {
      origin: origin ?? { attempt, at: startedAt! },
      // The steps inside of this step see every name that this step sees.
      definition: { ...definition, parameters: { ...definition.parameters, ...bindings } },
      ...{ mode, maxParallel, durability, code },
      ...(runner !== undefined && { runner }),
      before: [...before].map((from) => {
        const step = plan.workflow.steps[from]!;
        const settled = state.steps[from]!;
        return { step, copy: copyFact(step.id, settled, settled.status as "completed") };
      }),
    };
  }

  /** Tells every execution that the run is paused, so that work that would go on by itself stops. */
  pause(): void {
    for (const { execution } of this.inFlight.values()) execution?.pause?.();
  }

  resume(): void {
    for (const { execution } of this.inFlight.values()) execution?.resume?.();
  }

  /** Ends an attempt early. Its exit then says nothing about the work, so `stopReasonOf` keeps the reason. */
  stop(index: number, why: "cancel" | "timeout"): void {
    const flight = this.inFlight.get(index);
    if (!flight || flight.stopReason) return;
    flight.stopReason = why;
    // An attempt that still waits for its turn checks `stopReason` when the turn comes.
    flight.execution?.stop();
  }

  /** Kills the checks of a delivery that no longer counts; no report follows. */
  drop(stepId: string): void {
    const index = this.options.plan.indexOf.get(stepId)!;
    this.inFlight.get(index)?.execution?.abandon();
    this.inFlight.delete(index);
  }

  has(index: number, serial: number): boolean {
    return this.inFlight.get(index)?.serial === serial;
  }

  stopReasonOf(index: number): "cancel" | "timeout" | undefined {
    return this.inFlight.get(index)?.stopReason;
  }

  /** Call this once the end of the attempt is in the journal. */
  forget(index: number, serial: number): void {
    if (this.has(index, serial)) this.inFlight.delete(index);
  }

  /** Kills all attempts at once; no report follows. */
  abandon(): void {
    for (const { execution } of this.inFlight.values()) execution?.abandon();
    this.inFlight.clear();
  }
}
