import type { Engine, ObservedRun, StartRequest } from "../../model/contracts/engine.ts";
import { type Scheduler, sleep } from "../../model/contracts/scheduler.ts";
import type { AttemptEnd, Execution, Job, Report, StepContext } from "../../model/contracts/step.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { Definition } from "../../model/definition.ts";
import { messageIdFrom } from "../../model/ids.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { isFinal } from "../../run/state/state.ts";
import { finishedEvidence, weakest } from "../../run/state/verdict.ts";

/** A child run: the run that a step starts. */
export interface ChildRun {
  readonly definition: Definition;
  readonly maxParallel: number;
  readonly copies?: StartRequest["copies"];
  /** The output of the step, computed from the final run. */
  output(run: ObservedRun): JsonValue;
  /** The index of the first step that is its own: those before it are copies. */
  readonly first?: number;
  /** Whether to cancel the rest of the run in this state. */
  enough?(run: ObservedRun): boolean;
}

/** What a step that starts a run needs of its process. */
export interface ChildHost {
  readonly engine: Engine;
  readonly scheduler: Scheduler;
}

export type ChildFailure = Extract<AttemptEnd, { outcome: "failed" }>;

/** How long to wait for a change before checking that the child run still has an owner, in milliseconds. */
const OWNER_CHECK_INTERVAL_MS = 1_000;

/**
 * Performs a step as a run of its own, with a journal, an owner and steps. The step's origin gives it an idempotency
 * key. So after a crash, the next attempt finds the same run, and its finished work stays finished.
 */
export function performChild(
  { engine, scheduler }: ChildHost,
  job: Job,
  context: StepContext,
  child: Result<ChildRun, ChildFailure>,
  report: (report: Report) => void,
): Execution {
  if (!child.ok) {
    report({ kind: "ended", end: child.error });
    return { stop() {}, abandon() {} };
  }
  const work = new ChildExecution(engine, scheduler, job, context, child.value, report);
  void work.run();
  return work;
}

class ChildExecution implements Execution {
  private readonly abandoned = new AbortController();
  private id: string | undefined;
  private stopped = false;

  constructor(
    private readonly engine: Engine,
    private readonly scheduler: Scheduler,
    private readonly job: Job,
    private readonly context: StepContext,
    private readonly child: ChildRun,
    private readonly report: (report: Report) => void,
  ) {}

  async run(): Promise<void> {
    try {
      const end = await this.runToEnd();
      if (end && !this.abandoned.signal.aborted) this.report({ kind: "ended", end });
    } catch (error) {
      if (this.abandoned.signal.aborted) return;
      const message = `its run could not be observed: ${error instanceof Error ? error.message : String(error)}`;
      this.report({ kind: "ended", end: failed(message) });
    }
  }

  stop(): void {
    this.stopped = true;
    this.sendAction("cancel");
  }

  /** Stops following the run. Its own loop is abandoned separately. */
  abandon(): void {
    this.abandoned.abort();
  }

  pause(): void {
    this.sendAction("pause");
  }

  resume(): void {
    this.sendAction("resume");
  }

  private async runToEnd(): Promise<AttemptEnd | undefined> {
    const started = await this.start();
    if (!started.ok) return failed(started.error.message, started.error.hint);
    const { id, existing } = started.value;
    this.id = id;
    this.report({ kind: "child", workflowId: id });
    if (this.stopped) this.sendAction("cancel");
    // The run was paused together with its parent, which goes on now.
    else if (existing && (await this.engine.observe(id))?.state.status === "paused") this.sendAction("resume");
    for (;;) {
      const run = await this.engine.observe(id);
      if (this.abandoned.signal.aborted || !run) return undefined;
      if (run.problem && !isStalled(run.problem)) return failed(`its run ${id} cannot go on: ${run.problem.message}`);
      if (isFinal(run.state)) return this.endOf(run);
      if (run.owner !== "own" && run.owner.state !== "held") await this.engine.adopt(id);
      if (!this.stopped && this.child.enough?.(run)) this.stop();
      // A run that waits for disk space makes no change that `changed` could wait for.
      if (run.problem) await sleep(this.scheduler, OWNER_CHECK_INTERVAL_MS);
      else await this.engine.changed(id, run.rev, OWNER_CHECK_INTERVAL_MS, this.abandoned.signal);
    }
  }

  private start() {
    const { workflowId, stepId, cwd } = this.job;
    const { origin, mode, durability, code, runner } = this.context;
    return this.engine.start({
      definition: this.child.definition,
      ...{ mode, durability, code, cwd },
      ...(runner !== undefined && { runner }),
      maxParallel: this.child.maxParallel,
      detach: false,
      parent: { workflowId, stepId },
      idempotencyKey: `step:${workflowId}:${stepId}:${origin.attempt}`,
      ...(this.child.copies && { copies: this.child.copies }),
    });
  }

  private endOf(run: ObservedRun): AttemptEnd {
    const { state, plan } = run;
    const output = this.child.output(run);
    if (state.status === "completed") {
      const evidence = weakest(finishedEvidence(state.steps.slice(this.child.first ?? 0)));
      return { outcome: "completed", output, ...(evidence !== "observed" && { evidence }) };
    }
    const { steps } = plan.workflow;
    const first = state.steps.findIndex((step, index) => step.status === "failed" && !steps[index]!.optional);
    const error = state.steps[first]?.error;
    const why = error ? `step "${steps[first]!.id}" failed: ${error.message}` : `it is ${state.status}`;
    const hint = `monitor_workflow {workflowId: "${state.workflowId}"} shows it.`;
    return { ...failed(`its run ${state.workflowId} did not complete: ${why}`, hint), output };
  }

  private sendAction(action: "pause" | "resume" | "cancel"): void {
    if (this.id === undefined) return;
    const id = messageIdFrom(this.scheduler.random(16));
    void this.engine.send(this.id, { id, action }, true);
  }
}

/** Whether the run goes on by itself once the disk is writable again. */
const isStalled = ({ kind }: NonNullable<ObservedRun["problem"]>): boolean => ["disk_full", "io_error"].includes(kind);

export function failed(message: string, hint?: string): ChildFailure {
  return { outcome: "failed", reason: "child_failed", message, ...(hint !== undefined && { hint }) };
}

/** The failure of a step before its run exists. */
export const childRefused = (message: string, hint?: string): Result<never, ChildFailure> => err(failed(message, hint));
export const childAccepted = (child: ChildRun): Result<ChildRun, never> => ok(child);
