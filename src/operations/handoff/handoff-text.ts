import { indentedBlock, labelled, named } from "../../model/text/quoted.ts";
import type { AssignmentView, ReadyView } from "../../model/view.ts";
import { progressText } from "../run/progress-text.ts";
import { questionLines, readyLines } from "../run/run-text.ts";
import type { Standing } from "./standing.ts";

export function acceptLines(answer: {
  readonly assignments: readonly AssignmentView[];
  readonly ready: readonly ReadyView[];
}): string[] {
  const { assignments, ready } = answer;
  const lines = assignments.length === 0 ? ["Nothing was accepted."] : [];
  for (const one of assignments) {
    lines.push(
      `Assignment ${one.assignment}: step ${one.stepId} of ${one.workflowId}, attempt ${one.attempt}, for ${named(one.agent)}, yours until ${one.expiresAt}:`,
      ...indentedBlock(one.prompt),
    );
    if (one.input !== null) lines.push(`Input: ${JSON.stringify(one.input)}`);
    for (const { from, to, step, ...said } of one.handoffs)
      lines.push(`Handed over by ${named(from)} (step ${step}): ${JSON.stringify(said)}`);
    for (const { round, id, question, answer } of one.answers ?? [])
      lines.push(`The person answered (round ${round}, ${id}) ${JSON.stringify(question)}: ${JSON.stringify(answer)}`);
    if (one.previous)
      lines.push(...labelled(`The previous attempt failed (${one.previous.reason})`, one.previous.message));
    if (one.outputSchema) lines.push(`Deliver output that fits: ${JSON.stringify(one.outputSchema)}`);
    if (one.allowedTools) lines.push(`Its file asks for these tools: ${one.allowedTools.map(named).join(", ")}`);
    if (one.verify.length > 0) lines.push(`Baton will check: ${one.verify.join("; ")}`);
  }
  return [...lines, ...readyLines(ready)];
}

export function deliveryLines(answer: Standing): string[] {
  const { workflowId, stepId, status, evidence, error, runStatus, settled, ready, questions, repeated } = answer;
  return [
    ...(repeated ? ["This was already recorded, so nothing changed."] : []),
    `Step ${stepId} of ${workflowId} is ${status}${evidence ? ` (${evidence})` : ""}; the run is ${runStatus}, ${progressText(settled)}`,
    ...(error ? labelled(error.reason, error.message) : []),
    ...questionLines(questions),
    ...readyLines(ready),
  ];
}
