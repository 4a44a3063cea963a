import type { Lease } from "../../model/contracts/store.ts";
import { freeze } from "../../run/state/snapshot.ts";
import type { RunState } from "../../run/state/state.ts";
import { type AttemptReport, Attempts, type AttemptsOptions } from "./attempts.ts";
import type { Captured, Input } from "./loop-input.ts";
import type { Round } from "./round.ts";

export interface EffectsOptions extends AttemptsOptions {
  readonly lease: Lease;
  readonly executes: boolean;
  /** Events between two snapshots; at least the number of steps, since that is what a snapshot costs. */
  readonly snapshotEvery: number;
  /** Records the work tree at a directory as it is now, for a checkpoint. */
  readonly capture: (cwd: string, checkpoint: string) => Promise<Captured>;
}

/** What follows in the world from what stands in the journal: processes, the code of checkpoints, snapshots. Decides nothing. */
export class Effects {
  readonly attempts: Attempts;
  /** The one whose code is being recorded. */
  private checkpoint: string | undefined;
  private sinceSnapshot = 0;

  /** @param arrived told of what comes of it: how attempts went, and the code of checkpoints */
  constructor(
    private readonly options: EffectsOptions,
    private readonly arrived: (input: Input) => void,
    state: () => RunState,
  ) {
    const report: AttemptReport = (index, attempt, report) => arrived({ kind: "report", index, attempt, report });
    this.attempts = new Attempts(options, report, state);
  }

  /** Whether the code of a checkpoint is being recorded: a run must not end before. */
  get capturing(): boolean {
    return this.checkpoint !== undefined;
  }

  /** Begins, verifies and ends attempts as the events of a round say. */
  perform(state: RunState, { events, decision, taken }: Round): void {
    for (const input of taken) {
      if (input.kind === "report" && input.report.kind === "ended") this.attempts.forget(input.index);
    }
    for (const event of events) {
      if (event.type === "step_started") this.attempts.start(event.step);
      else if (event.type === "verification_started") this.attempts.verify(event.step);
      else if (event.type === "run_paused") this.attempts.pause();
      else if (event.type === "run_resumed") this.attempts.resume();
    }
    this.capture(state);
    for (const { index, why } of decision.stops) this.attempts.stop(index, why);
  }

  /** Keeps the state, now and then, so that the journal need not be read from its beginning. */
  snapshot(state: RunState, written: number): void {
    this.sinceSnapshot += written;
    const { store, id, plan, lease, snapshotEvery } = this.options;
    if (this.sinceSnapshot < Math.max(snapshotEvery, plan.size)) return;
    this.sinceSnapshot = 0;
    const position = { offset: store.size(id), events: state.rev };
    // Asked after the size: else a next owner's events, which this state knows nothing of, could stand in front of it.
    if (lease.held()) store.snapshots.put(id, { position, state: freeze(state) });
  }

  /** Nothing starts while the code of a checkpoint is being recorded, so that it is the code of that position. */
  private capture({ capturing, cwd }: RunState): void {
    const [checkpoint] = capturing;
    if (checkpoint === undefined || checkpoint === this.checkpoint || !this.options.executes) return;
    this.checkpoint = checkpoint;
    const done = (captured: Captured) => {
      if (this.checkpoint === checkpoint) this.checkpoint = undefined;
      this.arrived({ kind: "captured", checkpoint, captured });
    };
    this.options.capture(cwd, checkpoint).then(done, (error) => done({ problem: String(error) }));
  }
}
