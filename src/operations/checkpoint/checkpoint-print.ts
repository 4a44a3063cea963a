import type { Colors } from "picocolors/types";
import { named, quotedLine } from "../../model/text/quoted.ts";
import { plural } from "../run/progress-text.ts";
import { renderRun } from "../run/run-print.ts";
import type { CheckpointView } from "./checkpoint-view.ts";
import type { Preview, RestoreAnswer } from "./restore-preview.ts";

export function printCheckpoint(checkpoint: CheckpointView): string {
  const { checkpointId, at, trigger, name, stepId, code, codeProblem } = checkpoint;
  const about = [name !== undefined && quotedLine(name), stepId !== undefined && `step ${stepId}`]
    .filter(Boolean)
    .join(", ");
  const held = code ? `code ${code.commit.slice(0, 10)}, ${code.files} changed` : (codeProblem ?? "");
  return `${checkpointId.padEnd(20)}  ${at}  ${trigger.padEnd(6)}  ${[about, held].filter((part) => part !== "").join("; ")}`.trimEnd();
}

export const printCheckpoints = ({ checkpoints }: { readonly checkpoints: readonly CheckpointView[] }): string =>
  checkpoints.length === 0 ? "There are no checkpoints yet." : checkpoints.map(printCheckpoint).join("\n");

/** A checkpoint, and what restoring it would change. */
export function printPreview({ checkpoint, restoring, next }: ShownCheckpoint, colors: Colors): string {
  const { state, code, codeProblem } = restoring;
  const lines = [printCheckpoint(checkpoint)];
  if (state) {
    lines.push(colors.bold(`Restoring would change ${plural(state.totalSteps, "step")} and leave the run paused`));
    for (const { stepId, now, was } of state.steps) lines.push(`  ${stepId}: ${now} → ${was}`);
    for (const { stepId, worker } of state.revokedAssignments)
      lines.push(`  ${stepId}: ${named(worker)} loses its assignment`);
    for (const stepId of state.killedSteps) lines.push(`  ${stepId}: its process is ended`);
  }
  if (code) {
    lines.push(colors.bold(`and ${plural(code.totals.changes, "file")}`));
    for (const { path, change } of code.changes) lines.push(`  ${change} ${named(path)}`);
    for (const { path, why } of code.conflicts) lines.push(colors.yellow(`  uncommitted: ${named(path)} (${why})`));
  }
  if (codeProblem !== undefined) lines.push(colors.yellow(`  its code: ${codeProblem}`));
  return [...lines, next].join("\n");
}

interface ShownCheckpoint {
  readonly checkpoint: CheckpointView;
  readonly restoring: Preview;
  readonly next: string;
}

export function printRestore(answer: RestoreAnswer, colors: Colors): string {
  if ("restoring" in answer) return printPreview(answer, colors);
  const kept = answer.before ? [`The earlier state of the files is kept under ${answer.before.ref}.`] : [];
  return [renderRun(answer, colors), ...kept].join("\n");
}
