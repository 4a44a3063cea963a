import type { Scheduler } from "../../model/contracts/scheduler.ts";
import type { CommandRunner, Execution, StepType } from "../../model/contracts/step.ts";
import type { Store } from "../../model/contracts/store.ts";
import type { Baseline } from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { pathInside } from "../../model/text/paths.ts";
import { passesOn } from "../../run/features/check-results.ts";
import { checksOf } from "../../run/state/checks.ts";
import { factsOf } from "../../run/state/gate.ts";
import { claimedFiles, type SeenFiles } from "../../run/worker/claims.ts";
import type { TakenForStep } from "../../run/worker/taken-tree.ts";
import { takeBaseline } from "./baseline.ts";

/** A work tree, as git took it. */
interface TakenTree extends Pick<SeenFiles, "top" | "missing" | "unseen"> {
  readonly tree: string;
  /** By the earlier tree: all files that differ, and in how many lines. */
  readonly changed: ReadonlyMap<string, { files: readonly string[]; insertions: number; deletions: number }>;
}

export interface EvidenceOptions {
  readonly id: string;
  readonly plan: Plan;
  readonly store: Store;
  readonly steps: ReadonlyMap<string, StepType>;
  readonly killGrace: number;
  readonly scheduler: Scheduler;
  readonly schedule: (work: () => void) => void;
  /** How long a lease waits for the checks before the work, in milliseconds. */
  readonly baselineWait: number;
  /** The PATH of commands. */
  readonly path?: string | undefined;
  /** Takes the work tree at `cwd`; `undefined`: there is none, or it is too large. */
  readonly takeTree: (
    cwd: string,
    request: { readonly since: readonly string[]; readonly paths: readonly string[] },
  ) => Promise<TakenTree | undefined>;
  /** Whether workers have steps of other runs in the work tree with this top. */
  readonly othersWorkIn: (top: string) => boolean;
}

/** What a doer learned for a step. */
export type Learned =
  | { readonly kind: "baseline"; readonly index: number; readonly baseline: Baseline }
  | { readonly kind: "tree"; readonly index: number; readonly attempt: number; readonly taken: TakenForStep };

/**
 * Runs the checks of steps before their work, and takes work trees, as the state of the run asks. The state may ask for
 * less at any time; then what runs is killed and nobody learns of it.
 */
export class Evidence {
  private readonly baselines = new Map<number, Pick<Execution, "abandon">>();
  private isTakingTree = false;
  private isOver = false;

  constructor(
    private readonly options: EvidenceOptions,
    private readonly learn: (learned: Learned) => void,
    private readonly state: () => RunState,
  ) {}

  /** Begins what the state asks for, and ends what it no longer asks for. Call it after every change. */
  sync(): void {
    const state = this.state();
    for (const [index, baseline] of this.baselines) {
      if (state.baselining.has(index)) continue;
      baseline.abandon();
      this.baselines.delete(index);
    }
    for (const index of state.baselining) if (!this.baselines.has(index)) this.beginBaseline(index);
    if (state.treeing.size > 0 && !this.isTakingTree) void this.takeTree();
  }

  /** Kills at once, for a process that is about to exit. */
  abandon(): void {
    this.isOver = true;
    for (const baseline of this.baselines.values()) baseline.abandon();
    this.baselines.clear();
  }

  private beginBaseline(index: number): void {
    let doer: Pick<Execution, "abandon"> | undefined;
    let abandoned = false;
    this.baselines.set(index, {
      abandon() {
        abandoned = true;
        doer?.abandon();
      },
    });
    this.options.schedule(() => {
      if (!abandoned) doer = this.runBaseline(index);
    });
  }

  private runBaseline(index: number): Pick<Execution, "abandon"> {
    const { id, plan, store, steps, killGrace, scheduler, baselineWait, path, takeTree } = this.options;
    const state = this.state();
    const { cwd, code } = state;
    const stepId = plan.workflow.steps[index]!.id;
    const { attempt } = state.steps[index]!;
    const rendered = plan.render(index, factsOf(state));
    const filled = rendered.ok ? rendered.value : { config: {}, values: {} };
    const { stdout, stderr, output } = store.files(id, stepId, attempt);
    // The files of an attempt tell of the attempt alone.
    const files = { stdout: `${stdout}.before`, stderr: `${stderr}.before`, output: `${output}.before` };
    const type = steps.get("command")!;
    const command: CommandRunner = {
      perform: (job, report) =>
        type.perform(job, report, () => {
          throw new Error("a command asks for nothing of its run");
        }),
    };
    return takeBaseline(
      {
        ...{ command, scheduler, path, wait: baselineWait },
        job: { workflowId: id, stepId, attempt, ...filled, cwd, files, killGrace },
        checks: checksOf(filled.config, filled.values),
        takeTree: async () => (code ? (await takeTree(cwd, { since: [], paths: [] }))?.tree : undefined),
        passedOn: (tree) => passesOn(this.state(), tree),
      },
      (baseline) => this.learn({ kind: "baseline", index, baseline }),
    );
  }

  /** Takes the work tree once for all steps that ask for it now. */
  private async takeTree(): Promise<void> {
    const { treeing, steps, cwd } = this.state();
    const wanted = [...treeing].map((index) => {
      const { attempt, treeing, treeAccepted, output } = steps[index]!;
      const paths = treeing === "delivery" ? claimedFiles(output) : [];
      return { index, attempt, moment: treeing!, treeAccepted, paths };
    });
    const since = wanted.flatMap(({ treeAccepted }) => treeAccepted ?? []);
    const paths = wanted.flatMap(({ paths }) => paths);
    this.isTakingTree = true;
    const taken = await this.options.takeTree(cwd, { since, paths });
    if (this.isOver) return;
    for (const { index, attempt, moment, treeAccepted } of wanted) {
      this.learn({ kind: "tree", index, attempt, taken: this.forStep(taken, moment, treeAccepted) });
    }
    this.isTakingTree = false;
    this.sync();
  }

  private forStep(
    taken: TakenTree | undefined,
    moment: TakenForStep["moment"],
    since: string | undefined,
  ): TakenForStep {
    if (!taken) return { moment, others: false };
    const { tree, top, missing, unseen } = taken;
    const files = since === undefined ? undefined : taken.changed.get(since);
    const { insertions = 0, deletions = 0 } = files ?? {};
    const changed = files && { top, changed: files.files, missing, unseen, insertions, deletions };
    return { moment, tree, ...(changed && { changed }), others: this.options.othersWorkIn(top) };
  }
}

/** Whether workers have steps of a run whose directory is this one or lies in it. */
export const hasWorkersIn = ({ state: { claimed, cwd } }: { readonly state: RunState }, directory: string): boolean =>
  claimed.size > 0 && pathInside(directory, cwd) !== undefined;
