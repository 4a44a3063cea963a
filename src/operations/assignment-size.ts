import { writeFileSync } from "node:fs";
import type { AssignmentView } from "../model/view.ts";
import type { JsonValue } from "../model/workflow.ts";

/** Of a part that is too long, this much is shown. */
const HEAD = 1_500;

/**
 * Assignments in at most so many characters. What is handed over is never summarised: a part that does not fit is cut, the whole assignment is
 * written to a file, and both are said.
 */
export function fitAssignments(
  assignments: readonly (AssignmentView & { readonly wholeFile: string })[],
  characters: number | undefined,
): { assignments: AssignmentView[]; truncated?: string } {
  const room = (characters ?? Number.POSITIVE_INFINITY) / (2 * Math.max(1, assignments.length));
  const files: string[] = [];
  const fitted = assignments.map(({ wholeFile, ...assignment }) => {
    if (JSON.stringify(assignment).length <= room) return assignment;
    writeFileSync(wholeFile, JSON.stringify(assignment, null, 2), { mode: 0o600 });
    files.push(wholeFile);
    const head = Math.min(HEAD, Math.floor(room / 4));
    const cut = (value: JsonValue): JsonValue => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      if (text.length <= head) return value;
      return `${text.slice(0, head)}… [cut: ${text.length - head} more characters; the whole is in ${wholeFile}]`;
    };
    const { previous } = assignment;
    return {
      ...assignment,
      prompt: cut(assignment.prompt) as string,
      input: cut(assignment.input),
      handoffs: cutHandoffs(assignment.handoffs, cut, head),
      ...(previous && {
        previous: { ...previous, message: cut(previous.message) as string, output: cut(previous.output) },
      }),
    };
  });
  if (files.length === 0) return { assignments: fitted };
  return { assignments: fitted, truncated: `long parts are cut; whole assignments are in ${files.join(", ")}` };
}

type Handoff = AssignmentView["handoffs"][number];

function cutHandoffs(handoffs: readonly Handoff[], cut: (value: JsonValue) => JsonValue, head: number): Handoff[] {
  let left = 2 * head;
  return handoffs.map((handoff) => {
    left -= JSON.stringify(handoff).length;
    if (left >= 0) return handoff;
    const { context, output, ...rest } = handoff;
    const short = context && cut(context);
    return {
      ...rest,
      ...(short !== undefined && { context: typeof short === "string" ? { cut: short } : context }),
      ...(output !== undefined && { output: cut(output) }),
    } as Handoff;
  });
}
