import type { Clock } from "../../model/contracts/clock.ts";
import type { CommandRunner, Execution, Job, Report, StepContext, StepType } from "../../model/contracts/step.ts";
import type { Store } from "../../model/contracts/store.ts";
import type { Plan } from "../../model/plan.ts";
import type { WorkerConfig } from "../../model/worker.ts";
import { copyOf } from "../../run/fork.ts";
import { factsOf } from "../../run/state/gate.ts";
import type { RunState } from "../../run/state/state.ts";
import { checksOf } from "../../run/worker/checks.ts";
import { FileFault } from "../../system/file.ts";
import { verify } from "./verification.ts";

export interface AttemptsOptions {
  readonly id: string;
  readonly plan: Plan;
  readonly store: Store;
  readonly steps: ReadonlyMap<string, StepType>;
  readonly killGrace: number;
  readonly clock: Clock;
  /** Does work in turns: see `inTurns`. */
  readonly soon: (work: () => void) => void;
}

interface InFlight {
  readonly attempt: number;
  performing?: Execution;
  stopped?: "cancel" | "timeout";
  /** Why it cannot be performed at the moment. */
  stalled?: string;
}

/** How long to wait before trying again what the disk refused, in milliseconds. */
const STALL = 1_000;
/** What keeps anything from being written into the state directory, whoever writes. */
const UNWRITABLE = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ENFILE", "EIO"]);
const isUnwritable = (error: unknown): boolean => error instanceof FileFault && UNWRITABLE.has(error.code);
/** Of an attempt that was stopped first. Why is known to who stopped it. */
const NEVER_BEGUN: Report = {
  kind: "ended",
  end: { outcome: "failed", reason: "signal", message: "was stopped before it began" },
};

type Perform = (job: Job, report: (report: Report) => void, surroundings: () => StepContext) => Execution;

/** Told of what becomes of an attempt of a step, by its index. */
export type AttemptReport = (index: number, attempt: number, report: Report) => void;

/** What this process performs right now for one run: attempts, and verifications. Knows processes, but nothing of what they mean. */
export class Attempts {
  private readonly inFlight = new Map<number, InFlight>();

  constructor(
    private readonly options: AttemptsOptions,
    private readonly report: AttemptReport,
    /** The run as it is by now. */
    private readonly state: () => RunState,
  ) {}

  /** Starts the attempt that the state says is running. What cannot even be started is reported as ended. */
  start(stepId: string): void {
    this.begin(stepId, (job, report, surroundings) => {
      const { plan, steps } = this.options;
      const index = plan.indexOf.get(stepId)!;
      const { type } = plan.workflow.steps[index]!;
      if (!plan.byWorker[index]) return steps.get(type)!.perform(job, report, surroundings);
      // The workers have failed, and a command takes over.
      const { command } = (job.config as WorkerConfig).fallback![this.state().steps[index]!.fallback! - 1] as {
        command: string;
      };
      return steps.get("command")!.perform({ ...job, config: { command } }, report, surroundings);
    });
  }

  /** Checks what was delivered, as the state says. */
  verify(stepId: string): void {
    this.begin(stepId, (job, report, surroundings) => {
      const type = this.options.steps.get("command")!;
      const command: CommandRunner = { perform: (job, report) => type.perform(job, report, surroundings) };
      const checks = checksOf(job.config);
      const { output } = this.state().steps[this.options.plan.indexOf.get(stepId)!]!;
      return verify({ job, checks, delivered: output ?? null, command }, report);
    });
  }

  /** Why attempts that have begun cannot be performed: the state directory cannot be written, say. They are tried again until it can. */
  get stalled(): string | undefined {
    for (const { stalled } of this.inFlight.values()) if (stalled !== undefined) return stalled;
    return undefined;
  }

  private begin(stepId: string, perform: Perform): void {
    const { plan, soon } = this.options;
    const index = plan.indexOf.get(stepId)!;
    const flight: InFlight = { attempt: this.state().steps[index]!.attempt };
    this.inFlight.set(index, flight);
    soon(() => this.tryToBegin(index, flight, perform));
  }

  private tryToBegin(index: number, flight: InFlight, perform: Perform): void {
    if (this.inFlight.get(index) !== flight) return;
    const { plan, id, store, killGrace } = this.options;
    const state = this.state();
    const { attempt } = flight;
    const stepId = plan.workflow.steps[index]!.id;
    delete flight.stalled;
    const report = (report: Report) => this.report(index, attempt, report);
    if (flight.stopped) return report(NEVER_BEGUN);
    const rendered = plan.render(index, factsOf(state));
    if (!rendered.ok) {
      report({ kind: "ended", end: { outcome: "failed", ...rendered.error } });
      return;
    }
    const files = store.files(id, stepId, attempt);
    try {
      const job = { workflowId: id, stepId, attempt, ...rendered.value, cwd: state.cwd, files, killGrace };
      flight.performing = perform(job, report, () => this.surroundings(index));
    } catch (error) {
      const { message = String(error) } = error as Partial<Error>;
      if (isUnwritable(error)) {
        // As for a journal on a full disk: it says nothing of the step, and is tried again.
        flight.stalled = `the step "${stepId}" waits, since its log cannot be written: ${message}`;
        flight.performing = this.waiting(report, () => this.tryToBegin(index, flight, perform));
        return;
      }
      report({
        kind: "ended",
        end: { outcome: "failed", reason: "spawn_failed", message: `could not be started: ${message}` },
      });
    }
  }

  /** What has yet to begin. */
  private waiting(report: (report: Report) => void, again: () => void): Execution {
    const cancel = this.options.clock.alarm(STALL, again);
    const stop = () => {
      cancel();
      report(NEVER_BEGUN);
    };
    return { stop, abandon: cancel };
  }

  private surroundings(index: number): StepContext {
    const state = this.state();
    const { plan, store, id } = this.options;
    const { attempt, startedAt, origin } = state.steps[index]!;
    const { offsets, list } = plan.predecessors;
    const before = new Set<number>();
    for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
      const { from, type } = plan.edges[list[at]!]!;
      // The others may be settled now or not; whoever takes this work up again after a crash must see the same.
      if (type === "finish_to_start") before.add(from);
    }
    const { mode, maxParallel, durability, code, runner } = state;
    const definition = store.definition(id)!;
    const { bindings } = plan.workflow.steps[index]!;
    return {
      origin: origin ?? { attempt, at: startedAt! },
      // What is known in this step is known in the steps inside of it.
      definition: { ...definition, parameters: { ...definition.parameters, ...bindings } },
      ...{ mode, maxParallel, durability, code },
      ...(runner !== undefined && { runner }),
      before: [...before].map((from) => {
        const step = plan.workflow.steps[from]!;
        const settled = state.steps[from]!;
        return { step, copy: copyOf(step.id, settled, settled.status as "completed") };
      }),
    };
  }

  /** The run is paused: what would go on by itself is told. */
  pause(): void {
    for (const { performing } of this.inFlight.values()) performing?.pause?.();
  }

  resume(): void {
    for (const { performing } of this.inFlight.values()) performing?.resume?.();
  }

  /** Ends an attempt early. How its process ends then says nothing about the work: `stoppedFor` remembers why. */
  stop(index: number, why: "cancel" | "timeout"): void {
    const flight = this.inFlight.get(index);
    if (!flight || flight.stopped) return;
    flight.stopped = why;
    // What has its turn yet to come hears of it then.
    flight.performing?.stop();
  }

  has(index: number, attempt: number): boolean {
    return this.inFlight.get(index)?.attempt === attempt;
  }

  stoppedFor(index: number): "cancel" | "timeout" | undefined {
    return this.inFlight.get(index)?.stopped;
  }

  /** To be called once the end of the attempt is in the journal. */
  forget(index: number): void {
    this.inFlight.delete(index);
  }

  /** Kills them all at once; nothing is reported any more. */
  abandon(): void {
    for (const { performing } of this.inFlight.values()) performing?.abandon();
    this.inFlight.clear();
  }
}
