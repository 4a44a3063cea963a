import type { GivenAnswer } from "../features/given-answers.ts";
import type { Told } from "./assignment.ts";
import { assignmentText, type ReadablePart, type TextOptions } from "./assignment-text.ts";

/** A part of what there is about a step, whole. */
export interface PartSource {
  readonly told: Told;
  /** What the step delivered, if it delivered anything. */
  readonly output: unknown;
  readonly options: Omit<TextOptions, "size">;
}

/** A part as a text, nothing left out; `undefined` if there is none. */
export function partText(part: ReadablePart, { told, output, options }: PartSource): string | undefined {
  switch (part) {
    case "assignment":
      return assignmentText(told, { ...options, size: Number.POSITIVE_INFINITY }).text;
    case "plan":
      return told.plan && json(told.plan.whole);
    case "schema":
      return told.outputSchema && json(told.outputSchema);
    case "role":
      return options.role;
    case "input": {
      const delivered = told.handoffs.filter((handoff) => handoff.output !== undefined);
      if (told.input === null && delivered.length === 0) return undefined;
      return json({
        ...(told.input !== null && { input: told.input }),
        ...(delivered.length > 0 && { delivered: delivered.map(({ step, from, output }) => ({ step, from, output })) }),
      });
    }
    case "output":
      return output === undefined ? undefined : typeof output === "string" ? output : json(output);
    case "notes": {
      const notes = told.handoffs.filter(({ context, reason }) => context !== undefined || reason !== undefined);
      const all = [...told.notes, ...notes.map(({ output: _, evidence: __, ...note }) => note)];
      return all.length === 0 ? undefined : json(all);
    }
    case "trace":
      return told.trace.length === 0 ? undefined : json(told.trace);
    case "answers":
      return told.answers.length === 0 ? undefined : told.answers.map(answerText).join("\n\n");
  }
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

const answerText = ({ stepId, question, answer }: GivenAnswer): string =>
  `${question}\n(asked by ${stepId})\nAnswer: ${typeof answer === "string" ? answer : json(answer)}`;
