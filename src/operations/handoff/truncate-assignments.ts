import { truncateValue } from "../../model/text/truncate.ts";
import type { AssignmentView } from "../../model/view.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { writeOwn } from "../../system/own-file.ts";

/** Characters shown of a part that is too long. */
const MAX_PART_CHARACTERS = 1_500;
/** How many of the latest handoffs and answers, and of the first checks, a truncated assignment shows. */
const MAX_HANDOFFS = 20;
const MAX_ANSWERS = 20;
const MAX_CHECKS = 20;

/**
 * Truncates assignments to a number of characters. Baton never summarises a handoff: it cuts a part that does not fit,
 * writes the whole assignment to a file, and says both.
 */
export function fitAssignments(
  assignments: readonly (AssignmentView & { readonly wholeFile: string })[],
  characters: number | undefined,
): { assignments: AssignmentView[]; truncated?: string } {
  const room = (characters ?? Number.POSITIVE_INFINITY) / (2 * Math.max(1, assignments.length));
  const files: string[] = [];
  const fitted = assignments.map(({ wholeFile, ...assignment }) => {
    if (JSON.stringify(assignment).length <= room) return assignment;
    writeOwn(wholeFile, JSON.stringify(assignment, null, 2));
    files.push(wholeFile);
    const head = Math.min(MAX_PART_CHARACTERS, Math.floor(room / 4));
    const note = (length: number) => `[cut: ${length - head} more characters; the whole assignment is in ${wholeFile}]`;
    const cut = (value: JsonValue): JsonValue => truncateValue(value, head, note);
    const { previous } = assignment;
    return {
      ...assignment,
      prompt: cut(assignment.prompt) as string,
      input: cut(assignment.input),
      outputSchema: cutSchema(assignment.outputSchema, head, wholeFile),
      verify: assignment.verify.slice(0, MAX_CHECKS).map((check) => cut(check) as string),
      ...(assignment.answers && {
        answers: assignment.answers
          .slice(-MAX_ANSWERS)
          .map((one) => ({ ...one, question: cut(one.question) as string, answer: cut(one.answer) })),
      }),
      handoffs: cutHandoffs(assignment.handoffs, cut, head),
      ...(previous && {
        previous: { ...previous, message: cut(previous.message) as string, output: cut(previous.output) },
      }),
    };
  });
  if (files.length === 0) return { assignments: fitted };
  return { assignments: fitted, truncated: `long parts are cut; the whole assignments are in ${files.join(", ")}` };
}

/** A schema that is too long is replaced by where to find it. Baton checks deliveries against all of it. */
function cutSchema(schema: AssignmentView["outputSchema"], head: number, file: string): AssignmentView["outputSchema"] {
  if (schema === null || JSON.stringify(schema).length <= 2 * head) return schema;
  return { description: `cut: the whole schema is in ${file}` };
}

type Handoff = AssignmentView["handoffs"][number];

function cutHandoffs(handoffs: readonly Handoff[], cut: (value: JsonValue) => JsonValue, head: number): Handoff[] {
  let left = 2 * head;
  // The latest handoffs matter most. The file has the others.
  return handoffs.slice(-MAX_HANDOFFS).map((handoff) => {
    left -= JSON.stringify(handoff).length;
    if (left >= 0) return handoff;
    if (left < -4 * head) {
      const { from, to, step, at } = handoff;
      return { from, to, step, at };
    }
    const { context, output, ...rest } = handoff;
    const short = context && cut(context);
    return {
      ...rest,
      ...(short !== undefined && { context: typeof short === "string" ? { cut: short } : context }),
      ...(output !== undefined && { output: cut(output) }),
    } as Handoff;
  });
}
