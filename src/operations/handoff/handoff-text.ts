import { labelled, named, quotedLine } from "../../model/text/quoted.ts";
import type { AssignmentView, ReadyView } from "../../model/view.ts";
import type { OpenQuestion } from "../../run/state/plan-questions.ts";
import { progressText } from "../run/progress-text.ts";
import { knownText, questionLines, readyLines } from "../run/run-text.ts";
import type { DeliveryAnswer } from "./delivery-answer.ts";
import type { HeldStep } from "./lease-steps.ts";

export function acceptLines(answer: {
  readonly assignments: readonly AssignmentView[];
  readonly held?: readonly HeldStep[];
  readonly ready: readonly ReadyView[];
}): string[] {
  const { assignments, held = [], ready } = answer;
  return [
    ...(assignments.length === 0 ? ["Nothing was accepted."] : assignmentLines(assignments)),
    ...held.map(({ workflowId, stepId }) => `You hold ${workflowId} ${stepId} already.`),
    ...readyLines(ready),
  ];
}

/** Assignments, each with its token. Their texts cannot be taken for lines of the answer: see `assignmentText`. */
export const assignmentLines = (assignments: readonly AssignmentView[]): string[] =>
  assignments.flatMap(({ assignment, text }) => [`Assignment ${assignment}:`, ...text.split("\n")]);

export function deliveryLines(answer: DeliveryAnswer): string[] {
  const { workflowId, stepId, status, error, runStatus, progress, ready, questions, repeated } = answer;
  return [
    ...(repeated ? ["This was already recorded, so nothing changed."] : []),
    `Step ${stepId} of ${workflowId} is ${status}${knownText(answer)}; the run is ${runStatus}${runStatus === "completed" ? "" : `, ${progressText(progress)}`}`,
    ...(answer.expiresAt === undefined || answer.assignments ? [] : [`It is yours until ${answer.expiresAt}.`]),
    ...(error ? labelled(error.reason, error.message) : []),
    ...questionLines(questions),
    ...openQuestionLines(answer.openQuestions ?? []),
    ...assignmentLines(answer.assignments ?? []),
    ...readyLines(ready),
    ...(answer.summary ?? []),
  ];
}

/** What a plan leaves open. The user may answer while it is built. */
const openQuestionLines = (open: readonly OpenQuestion[]): string[] =>
  open.length === 0
    ? []
    : [
        "The plan leaves open, so tell the user:",
        ...open.map(
          ({ question, assumed }) =>
            `- ${quotedLine(question, 1_000)}${assumed === undefined ? "" : ` The plan assumes: ${quotedLine(assumed, 1_000)}`}`,
        ),
      ];

/** A part of a step, as an agent reads it. */
export const partLines = ({ stepId, part, text }: { stepId: string; part: string; text: string }): string[] => [
  `The ${part} of step ${named(stepId)}:`,
  ...text.split("\n").map((line) => `    ${line}`),
];
