import { z } from "zod";
import type { AttemptEnd, Job, StepType } from "../../src/model/contracts/step.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { RunState } from "../../src/model/run-state.ts";
import { underWay } from "../../src/run/recovery.ts";
import { CHECK } from "./scenario.ts";
import type { SimProcess, World } from "./world.ts";

/** The work of one attempt: a process group of its own, which outlives the process that started it. */
export interface Performance {
  readonly workflowId: string;
  readonly stepId: string;
  readonly attempt: number;
  /** A check of a worker's step, before its work or after it. */
  readonly check: boolean;
  readonly pid: number;
  readonly from: number;
  /** Absent while it runs. */
  to?: number;
  /** Kills it from outside. The process that started it, if it lives, sees it end. */
  kill(): void;
  /** The process that killed it as an orphan although another process owned the run. */
  wronglyKilledBy?: number;
}

/** How long an attempt may take, in milliseconds. */
const MAX_ATTEMPT_MS = 3_000;

const KILLED: AttemptEnd = { outcome: "failed", reason: "signal", message: "killed", signal: "SIGKILL" };

/** All attempts that any process performed. */
export class Performances {
  readonly all: Performance[] = [];

  constructor(private readonly world: World) {}

  /** Steps that a process performs. They succeed four times in five. */
  typeFor(process: SimProcess): StepType {
    const { world } = this;
    return {
      type: "command",
      fields: { command: z.string() },
      templates: { command: "shell" },
      perform: (job, report) => {
        if (process.killed) throw new Error("a killed process starts nothing");
        const performance = this.begin(job, process, () => {
          end = KILLED;
          finish();
        });
        let end: AttemptEnd = world.random.chance(0.8)
          ? { outcome: "completed", output: `${job.stepId}.${job.attempt}`, exitCode: 0 }
          : { outcome: "failed", reason: "exit_code", message: "exit code 1", exitCode: 1 };
        // The work ends whatever becomes of the process that started it; only that process reports the end.
        const finish = () => {
          if (performance.to !== undefined) return;
          performance.to = world.now;
          process.defer(() => report({ kind: "ended", end }));
        };
        const cancel = world.schedule(world.random.below(MAX_ATTEMPT_MS), undefined, finish);
        return {
          stop() {
            cancel();
            end = KILLED;
            world.schedule(world.random.below(50), undefined, finish);
          },
          abandon: () => {
            performance.to ??= world.now;
          },
        };
      },
    };
  }

  private begin({ workflowId, stepId, attempt, config }: Job, { pid }: SimProcess, kill: () => void): Performance {
    const check = config.command === CHECK;
    const performance: Performance = { workflowId, stepId, attempt, check, pid, from: this.world.now, kill };
    this.all.push(performance);
    return performance;
  }

  /**
   * As a new owner does: kills what still runs of the attempts that the journal shows in flight.
   * @param owner the pid of the process that owns the run
   */
  async killOrphans({ workflow }: Plan, state: RunState, killer: number, owner: number): Promise<void> {
    for (const index of underWay(state)) {
      const { attempt } = state.steps[index]!;
      for (const one of this.all) {
        const same = one.workflowId === state.workflowId && one.stepId === workflow.steps[index]!.id;
        if (!same || one.attempt !== attempt || one.to !== undefined) continue;
        if (killer !== owner) one.wronglyKilledBy = killer;
        one.kill();
      }
    }
  }
}
