import { named, quotedLine } from "../../model/text/quoted.ts";
import { excerpt } from "../../model/text/truncate.ts";
import type { ReadyView } from "../../model/view.ts";
import { plural } from "../run/progress-text.ts";
import { readyLines, runLines } from "../run/run-text.ts";
import type { CheckpointView } from "./checkpoint-view.ts";
import type { RestoreAnswer } from "./restore-preview.ts";

/** Characters of a preview. */
const MAX_PREVIEW_CHARACTERS = 6_000;

export function checkpointLine({ checkpointId, at, trigger, name, stepId, code, codeProblem }: CheckpointView): string {
  const about = [name && quotedLine(name), stepId && `step ${stepId}`].filter(Boolean).join(", ");
  const held = code
    ? `code ${code.commit.slice(0, 10)}${code.branch ? ` on ${named(code.branch)}` : ""}, ${plural(code.files, "file")} changed`
    : codeProblem && `no code: ${codeProblem}`;
  return `${checkpointId} (${trigger}${about ? `, ${about}` : ""}) ${at}${held ? `; ${held}` : ""}`;
}

export function checkpointListLines(answer: { readonly checkpoints: readonly CheckpointView[]; total: number }) {
  const { checkpoints, total } = answer;
  if (checkpoints.length === 0) return ["There are no checkpoints yet."];
  return [`${plural(total, "checkpoint")}, newest first:`, ...checkpoints.map((one) => `- ${checkpointLine(one)}`)];
}

export const shownLines = (answer: { readonly checkpoint: CheckpointView; readonly restoring: object }): string[] => [
  checkpointLine(answer.checkpoint),
  ...changeLines("Restoring would change", answer.restoring),
];

export function restoreLines(answer: RestoreAnswer): string[] {
  const line = checkpointLine(answer.checkpoint);
  if ("restoring" in answer) return [line, ...changeLines("Restoring would change", answer.restoring)];
  const { before } = answer;
  return [
    line,
    ...changeLines("Restored", answer.restored),
    ...(before ? [`The earlier state of the files is kept under ${before.ref}.`] : []),
    ...runLines(answer),
  ];
}

export const deletedLines = (answer: {
  deleted: string;
  workflowId: string;
  ready: readonly ReadyView[];
}): string[] => [`The checkpoint ${answer.deleted} of ${answer.workflowId} is deleted.`, ...readyLines(answer.ready)];

function changeLines(verb: string, changes: object): string[] {
  if (Object.keys(changes).length === 0) return [];
  return [`${verb}: ${excerpt(JSON.stringify(changes), MAX_PREVIEW_CHARACTERS)}`];
}
