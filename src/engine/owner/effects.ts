import { type Awaitable, andThen } from "../../model/contracts/awaitable.ts";
import type { Lease } from "../../model/contracts/store.ts";
import type { RunState } from "../../model/run-state.ts";
import { toSnapshot } from "../../run/snapshot.ts";
import { type AttemptReport, Attempts, type AttemptsOptions } from "./attempts.ts";
import { Evidence, type EvidenceOptions } from "./evidence.ts";
import type { CaptureResult, LoopInput } from "./loop-input.ts";
import type { Round } from "./round.ts";

export interface EffectsOptions extends AttemptsOptions, EvidenceOptions {
  readonly lease: Lease;
  readonly executes: boolean;
  /** Events between two snapshots. The number of steps is the lower bound, since a snapshot costs that much. */
  readonly snapshotEvery: number;
  /** Records the current content of the work tree at `cwd`, for a checkpoint. */
  readonly capture: (cwd: string, checkpoint: string) => Promise<CaptureResult>;
}

/** Carries out what the journal says: processes, code captures for checkpoints, snapshots. Decides nothing. */
export class Effects {
  readonly attempts: Attempts;
  private readonly evidence: Evidence;
  /** The id of the checkpoint whose code is being captured. */
  private checkpoint: string | undefined;
  private sinceSnapshot = 0;

  /** @param enqueue told of what comes of it: how attempts went, and the code of checkpoints */
  constructor(
    private readonly options: EffectsOptions,
    private readonly enqueue: (input: LoopInput) => void,
    state: () => RunState,
  ) {
    const report: AttemptReport = (index, attempt, report, serial) =>
      enqueue({ kind: "report", index, attempt, report, serial });
    this.attempts = new Attempts(options, report, state);
    this.evidence = new Evidence(options, enqueue, state);
  }

  /** Whether the code of a checkpoint is being captured. The loop must not close before the capture ends. */
  get capturing(): boolean {
    return this.checkpoint !== undefined;
  }

  /** Starts, verifies, pauses and stops attempts as a journalled round says. */
  perform(state: RunState, { events, decision, inputs }: Round): void {
    for (const input of inputs) {
      if (input.kind === "report" && input.report.kind === "ended") this.attempts.forget(input.index, input.serial);
    }
    for (const event of events) {
      if (event.type === "step_started") this.attempts.start(event.step);
      else if (event.type === "verification_started") this.attempts.verify(event.step);
      // What is being checked no longer counts.
      else if (event.type === "delivery_amended" && event.again) this.attempts.drop(event.step);
      else if (event.type === "run_paused") this.attempts.pause();
      else if (event.type === "run_resumed") this.attempts.resume();
    }
    this.capture(state);
    if (this.options.executes) this.evidence.sync();
    for (const { index, why } of decision.stops) this.attempts.stop(index, why);
  }

  /** Kills at once everything that runs for the run; no report follows. */
  abandon(): void {
    this.attempts.abandon();
    this.evidence.abandon();
  }

  /** Writes a snapshot now and then, so that a reader need not fold the journal from its beginning. */
  snapshot(state: RunState, written: number): Awaitable<void> {
    this.sinceSnapshot += written;
    const { store, id, plan, lease, snapshotEvery } = this.options;
    if (this.sinceSnapshot < Math.max(snapshotEvery, plan.size)) return;
    this.sinceSnapshot = 0;
    return andThen(store.size(id), (offset) =>
      // The lease is checked after the size is read. Else the size could include events of a next owner, which this
      // state does not contain.
      andThen(lease.held(), (held) => {
        const position = { offset, events: state.rev };
        return held ? store.snapshots.put(id, { position, state: toSnapshot(state) }) : undefined;
      }),
    );
  }

  /** Captures the code of the next checkpoint. No step starts meanwhile, so the code matches the journal's position. */
  private capture({ capturing, cwd }: RunState): void {
    const [checkpoint] = capturing;
    if (checkpoint === undefined || checkpoint === this.checkpoint || !this.options.executes) return;
    this.checkpoint = checkpoint;
    const done = (captured: CaptureResult) => {
      if (this.checkpoint === checkpoint) this.checkpoint = undefined;
      this.enqueue({ kind: "captured", checkpoint, captured });
    };
    this.options.capture(cwd, checkpoint).then(done, (error) => done({ problem: String(error) }));
  }
}
