import type { Plan } from "../model/plan.ts";
import type { CommandRunner, Job, Performing, Report, StepType, Surroundings } from "../model/step.ts";
import type { Store } from "../model/store.ts";
import type { WorkerConfig } from "../model/worker.ts";
import { checksOf } from "../run/checks.ts";
import { copyOf } from "../run/fork.ts";
import { factsOf } from "../run/gate.ts";
import type { RunState } from "../run/state.ts";
import { verify } from "./verification.ts";

export interface AttemptsOptions {
  readonly id: string;
  readonly plan: Plan;
  readonly store: Store;
  readonly steps: ReadonlyMap<string, StepType>;
  readonly killGrace: number;
}

interface InFlight {
  readonly attempt: number;
  performing?: Performing;
  stopped?: "cancel" | "timeout";
}

type Perform = (job: Job, report: (report: Report) => void, surroundings: () => Surroundings) => Performing;

/** What this process performs right now for one run: attempts, and verifications. Knows processes, but nothing of what they mean. */
export class Attempts {
  private readonly inFlight = new Map<number, InFlight>();

  constructor(
    private readonly options: AttemptsOptions,
    private readonly report: (index: number, attempt: number, report: Report) => void,
  ) {}

  /** Starts the attempt that the state says is running. What cannot even be started is reported as ended. */
  start(state: RunState, stepId: string): void {
    this.begin(state, stepId, (job, report, surroundings) => {
      const { plan, steps } = this.options;
      const index = plan.indexOf.get(stepId)!;
      const { type } = plan.workflow.steps[index]!;
      if (!plan.byWorker[index]) return steps.get(type)!.perform(job, report, surroundings);
      // The workers have failed, and a command takes over.
      const { command } = (job.config as WorkerConfig).fallback![state.steps[index]!.fallback! - 1] as {
        command: string;
      };
      return steps.get("command")!.perform({ ...job, config: { command } }, report, surroundings);
    });
  }

  /** Checks what was delivered, as the state says. */
  verify(state: RunState, stepId: string): void {
    this.begin(state, stepId, (job, report, surroundings) => {
      const type = this.options.steps.get("command")!;
      const command: CommandRunner = { perform: (job, report) => type.perform(job, report, surroundings) };
      const checks = checksOf(job.config);
      const { output } = state.steps[this.options.plan.indexOf.get(stepId)!]!;
      return verify({ job, checks, delivered: output ?? null, command }, report);
    });
  }

  private begin(state: RunState, stepId: string, perform: Perform): void {
    const { plan, id, store, killGrace } = this.options;
    const index = plan.indexOf.get(stepId)!;
    const { attempt } = state.steps[index]!;
    const flight: InFlight = { attempt };
    this.inFlight.set(index, flight);
    const report = (report: Report) => this.report(index, attempt, report);
    const rendered = plan.render(index, factsOf(state));
    if (!rendered.ok) {
      report({ kind: "ended", end: { outcome: "failed", ...rendered.error } });
      return;
    }
    try {
      const files = store.files(id, stepId, attempt);
      const job = { workflowId: id, stepId, attempt, ...rendered.value, cwd: state.cwd, files, killGrace };
      flight.performing = perform(job, report, () => this.surroundings(state, index));
    } catch (error) {
      // A full disk or an unwritable log directory: this step's failure, not the process's.
      const message = `could not be started: ${error instanceof Error ? error.message : String(error)}`;
      report({ kind: "ended", end: { outcome: "failed", reason: "spawn_failed", message } });
    }
  }

  private surroundings(state: RunState, index: number): Surroundings {
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
