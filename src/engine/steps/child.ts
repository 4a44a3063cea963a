import type { AttemptEnd, Execution, Job, Report, StepContext } from "../../model/contracts/step.ts";
import type { Definition } from "../../model/definition.ts";
import { err, ok, type Result } from "../../model/result.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { isFinal } from "../../run/state/state.ts";
import type { StartRequest } from "../create-run.ts";
import type { LocalEngine, ObservedRun } from "../local-engine.ts";

/** What a run that is a step is made of. */
export interface Child {
  readonly definition: Definition;
  readonly maxParallel: number;
  readonly copies?: StartRequest["copies"];
  /** What the step gives out, once the run is final. */
  output(look: ObservedRun): JsonValue;
  /** Whether the rest is to be cancelled, now that this is so. */
  enough?(look: ObservedRun): boolean;
}

export type ChildFailure = Extract<AttemptEnd, { outcome: "failed" }>;

/** How long to wait for news before looking whether anybody still runs it, in milliseconds. */
const LOOK_AGAIN = 1_000;

/**
 * Performs a step that is a run of its own: with a journal, an owner and steps like any other, known under an idempotency key that this
 * piece of work has for itself. So what takes the step up again after a crash finds the run that was there, and what it has done stays done.
 */
export function performChild(
  engine: LocalEngine,
  job: Job,
  surroundings: StepContext,
  child: Result<Child, ChildFailure>,
  report: (report: Report) => void,
): Execution {
  if (!child.ok) {
    report({ kind: "ended", end: child.error });
    return { stop() {}, abandon() {} };
  }
  const work = new ChildWork(engine, job, surroundings, child.value, report);
  void work.run();
  return work;
}

class ChildWork implements Execution {
  private readonly left = new AbortController();
  private id: string | undefined;
  private stopped = false;

  constructor(
    private readonly engine: LocalEngine,
    private readonly job: Job,
    private readonly surroundings: StepContext,
    private readonly child: Child,
    private readonly report: (report: Report) => void,
  ) {}

  async run(): Promise<void> {
    try {
      const end = await this.toItsEnd();
      if (end && !this.left.signal.aborted) this.report({ kind: "ended", end });
    } catch (error) {
      if (this.left.signal.aborted) return;
      const message = `its run could not be followed: ${error instanceof Error ? error.message : String(error)}`;
      this.report({ kind: "ended", end: failed(message) });
    }
  }

  stop(): void {
    this.stopped = true;
    this.tell("cancel");
  }

  /** Its run has an owner of its own, which is about to leave, too. */
  abandon(): void {
    this.left.abort();
  }

  pause(): void {
    this.tell("pause");
  }

  resume(): void {
    this.tell("resume");
  }

  private async toItsEnd(): Promise<AttemptEnd | undefined> {
    const started = await this.start();
    if (!started.ok) return failed(started.error.message, started.error.hint);
    const { id, existing } = started.value;
    this.id = id;
    this.report({ kind: "child", workflowId: id });
    if (this.stopped) this.tell("cancel");
    // It was paused with the run around it, which goes on now.
    else if (existing && this.engine.observe(id)?.state.status === "paused") this.tell("resume");
    for (;;) {
      const look = this.engine.observe(id);
      if (this.left.signal.aborted || !look) return undefined;
      if (look.problem && !isStalled(look.problem))
        return failed(`its run ${id} cannot go on: ${look.problem.message}`);
      if (isFinal(look.state)) return this.endOf(look);
      if (look.owner !== "own" && look.owner.state !== "held") await this.engine.adopt(id);
      if (!this.stopped && this.child.enough?.(look)) this.stop();
      // Of a run that waits for room on the disk there is no news to wait for.
      if (look.problem) await this.engine.sleep(LOOK_AGAIN);
      else await this.engine.changed(id, look.state.rev, LOOK_AGAIN, this.left.signal);
    }
  }

  private start() {
    const { workflowId, stepId, cwd } = this.job;
    const { origin, mode, durability, code, runner } = this.surroundings;
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

  private endOf(look: ObservedRun): AttemptEnd {
    const { state, plan } = look;
    const output = this.child.output(look);
    if (state.status === "completed") return { outcome: "completed", output };
    const { steps } = plan.workflow;
    const first = state.steps.findIndex((step, index) => step.status === "failed" && !steps[index]!.optional);
    const error = state.steps[first]?.error;
    const why = error ? `step "${steps[first]!.id}" failed: ${error.message}` : `it is ${state.status}`;
    const hint = `monitor_workflow {workflowId: "${state.workflowId}"} shows it.`;
    return { ...failed(`its run ${state.workflowId} did not complete: ${why}`, hint), output };
  }

  private tell(action: "pause" | "resume" | "cancel"): void {
    if (this.id === undefined) return;
    const id = Buffer.from(this.engine.options.random(16)).toString("hex");
    void this.engine.send(this.id, { id, action }, true);
  }
}

/** Whether it goes on by itself once the disk can be written again. */
const isStalled = ({ kind }: NonNullable<ObservedRun["problem"]>): boolean => ["disk_full", "io_error"].includes(kind);

export function failed(message: string, hint?: string): ChildFailure {
  return { outcome: "failed", reason: "child_failed", message, ...(hint !== undefined && { hint }) };
}

/** A failure before there is a run. */
export const unusable = (message: string, hint?: string): Result<never, ChildFailure> => err(failed(message, hint));
export const usable = (child: Child): Result<Child, never> => ok(child);
