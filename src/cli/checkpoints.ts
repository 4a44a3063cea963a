import { type Command, Option } from "commander";
import type { Colors } from "picocolors/types";
import type { RestorePreview } from "../model/checkpoint.ts";
import { named, quotedLine } from "../model/text/quoted.ts";
import type { RunView } from "../model/view.ts";
import type { CheckpointView } from "../operations/checkpoint/checkpoints.ts";
import type { StatePreview } from "../operations/checkpoint/restore.ts";
import { renderRun } from "../operations/run/run-print.ts";
import type { Ask } from "./terminal.ts";

interface ShownCheckpoint {
  readonly checkpoint: CheckpointView;
  readonly restoring?: { state?: StatePreview; code?: RestorePreview; codeProblem?: string };
  readonly next: string;
}

/** Adds `baton checkpoint`, with the actions of the checkpoint tool. */
export function addCheckpointCommands(program: Command, ask: Ask, colors: Colors): void {
  const checkpoint = program
    .command("checkpoint")
    .description("list, create and restore checkpoints of a run and its code");

  checkpoint
    .command("list [id]")
    .description("list checkpoints of a run, newest first (default: the latest run)")
    .option("--json", "print as JSON")
    .action((workflowId: string | undefined, options) =>
      ask("checkpoint.list", { workflowId }, options, ({ checkpoints }: { checkpoints: CheckpointView[] }) =>
        checkpoints.length === 0 ? "There are no checkpoints yet." : checkpoints.map(renderCheckpoint).join("\n"),
      ),
    );

  checkpoint
    .command("create <id>")
    .description("create a checkpoint of the current state")
    .option("--name <name>", "name of the checkpoint")
    .option("--json", "print as JSON")
    .action((workflowId: string, { name, ...options }) =>
      ask("checkpoint.create", { workflowId, name }, options, ({ checkpoint }: ShownCheckpoint) =>
        renderCheckpoint(checkpoint),
      ),
    );

  checkpoint
    .command("show <checkpoint>")
    .description("show a checkpoint, and what restoring it would change")
    .option("--json", "print as JSON")
    .action((checkpointId: string, options) =>
      ask("checkpoint.show", { checkpointId }, options, (shown: ShownCheckpoint) => renderShown(shown, colors)),
    );

  checkpoint
    .command("restore <checkpoint>")
    .description("restore the run to a checkpoint and pause it")
    .addOption(new Option("--scope <what>", "what to restore (default: state)").choices(["state", "code", "both"]))
    .option("--dry-run", "show what would change, change nothing")
    .option("--force", "overwrite uncommitted changes, after saving them under a git ref")
    .option("--json", "print as JSON")
    .action((checkpointId: string, { scope, dryRun, force, json }) =>
      ask(
        "checkpoint.restore",
        { checkpointId, scope, dryRun, force },
        { json },
        (done: ShownCheckpoint & RunView & RestoredFiles) =>
          dryRun ? renderShown(done, colors) : renderRestored(done, colors),
      ),
    );

  checkpoint
    .command("fork <id>")
    .description("start a new run from a checkpoint, or from the current state of a run")
    .option("--json", "print as JSON")
    .action((id: string, options) =>
      ask(
        "checkpoint.fork",
        id.startsWith("cp_") ? { checkpointId: id } : { workflowId: id },
        options,
        (run: RunView) => renderRun(run, colors),
      ),
    );

  checkpoint
    .command("delete <checkpoint>")
    .description("delete a checkpoint and its code")
    .option("--json", "print as JSON")
    .action((checkpointId: string, options) =>
      ask("checkpoint.delete", { checkpointId }, options, ({ deleted }: { deleted: string }) => `${deleted} is gone.`),
    );
}

interface RestoredFiles {
  readonly before?: { readonly ref: string };
}

function renderCheckpoint({ checkpointId, at, trigger, name, stepId, code, codeProblem }: CheckpointView): string {
  const about = [name !== undefined && quotedLine(name), stepId !== undefined && `step ${stepId}`]
    .filter(Boolean)
    .join(", ");
  const held = code ? `code ${code.commit.slice(0, 10)}, ${code.files} changed` : (codeProblem ?? "");
  return `${checkpointId.padEnd(20)}  ${at}  ${trigger.padEnd(6)}  ${[about, held].filter((part) => part !== "").join("; ")}`.trimEnd();
}

function renderShown({ checkpoint, restoring = {}, next }: ShownCheckpoint, colors: Colors): string {
  const { state, code, codeProblem } = restoring;
  const lines = [renderCheckpoint(checkpoint)];
  if (state) {
    lines.push(
      colors.bold(
        `Going back would change ${state.totalSteps} step${state.totalSteps === 1 ? "" : "s"} and leave the run paused`,
      ),
    );
    for (const { stepId, now, was } of state.steps) lines.push(`  ${stepId}: ${now} → ${was}`);
    for (const { stepId, worker } of state.revokedAssignments) lines.push(`  ${stepId} is taken from ${named(worker)}`);
    for (const stepId of state.killedSteps) lines.push(`  ${stepId} is killed`);
  }
  if (code) {
    lines.push(colors.bold(`and ${code.totals.changes} files`));
    for (const { path, change } of code.changes) lines.push(`  ${change} ${named(path)}`);
    for (const { path, why } of code.conflicts) lines.push(colors.yellow(`  uncommitted: ${named(path)} (${why})`));
  }
  if (codeProblem !== undefined) lines.push(colors.yellow(`  its code: ${codeProblem}`));
  return [...lines, next].join("\n");
}

function renderRestored(done: ShownCheckpoint & RunView & RestoredFiles, colors: Colors): string {
  const kept = done.before ? [`The files as they were before are kept under ${done.before.ref}.`] : [];
  return [renderRun(done, colors), ...kept].join("\n");
}
