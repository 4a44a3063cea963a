import { escapeControl } from "../../model/text/escape-control.ts";
import { escapedLine, labelled } from "../../model/text/quoted.ts";
import type { AssignmentView } from "../../model/view.ts";
import type { JsonSchema } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";

/** The largest prompt, in bytes: a longer one may not fit into one argument of a command. */
const MAX_PROMPT_BYTES = 100_000;
/** The largest schema that the prompt quotes, in bytes. For a larger one it names the file. */
const MAX_INLINE_SCHEMA_BYTES = 40_000;

/**
 * The prompt for a headless program: the assignment, and how to answer. The program must end with the output alone,
 * since Baton delivers its last words.
 * @param whole the path of the file with the whole assignment, for what does not fit
 * @param asking how the program asks the user; absent: it cannot
 */
export function promptFor(assignment: AssignmentView, whole: string, asking?: string): string {
  const { prompt, input, handoffs, answers, previous, outputSchema, verify } = assignment;
  const work = paragraphs([
    escapeControl(prompt),
    input !== null && `Input:\n${asJson(input)}`,
    handoffs.length > 0 && `Handoffs from the steps before:\n${asJson(handoffs)}`,
    answers && `The user has answered your questions:\n${asJson(answers)}`,
    previous && labelled(`The previous attempt failed (${previous.reason})`, previous.message).join("\n"),
    verify.length > 0 && `When you are done, Baton checks this:\n${verify.map(checkLine).join("\n")}`,
  ]);
  const ending = paragraphs([
    asking,
    outputSchema ? outputInstructions(JSON.stringify(outputSchema), whole) : "End with the result, in a few lines.",
    "If you cannot do it, say why in one line that begins with CANNOT:",
  ]);
  const bytesLeft = MAX_PROMPT_BYTES - Buffer.byteLength(ending);
  if (Buffer.byteLength(work) <= bytesLeft) return paragraphs([work, ending]);
  // Only the work is cut, never how to answer.
  const head = Buffer.from(work)
    .subarray(0, bytesLeft)
    .toString("utf8")
    .replace(/\uFFFD$/, "");
  return paragraphs([`${head}… [cut: the whole assignment is in ${whole}; read it first]`, ending]);
}

/** JSON with invisible characters escaped, which keeps its meaning. No line of it can pass for a line of the prompt. */
const asJson = (value: unknown): string => escapeControl(JSON.stringify(value, null, 2));

const checkLine = (check: string): string => `- ${escapedLine(check)}`;

const paragraphs = (parts: readonly (string | false | undefined)[]): string =>
  parts.filter((part) => typeof part === "string").join("\n\n");

function outputInstructions(schema: string, whole: string): string {
  const ask = "End with the result as one JSON value, alone in a fenced block marked json, that fits";
  return Buffer.byteLength(schema) <= MAX_INLINE_SCHEMA_BYTES
    ? `${ask} this JSON Schema:\n${schema}`
    : `${ask} the JSON Schema "outputSchema" in ${whole}.`;
}

/** The answer of a headless program: a result, or why there is none. */
export type HeadlessAnswer = { readonly output: JsonValue } | { readonly cannot: string };

/**
 * Reads an answer. With a schema, any JSON in the text is the result. Without one, the text is, unless all of it is
 * JSON.
 */
export function readAnswer(text: string, schema: JsonSchema | null): HeadlessAnswer {
  const words = text.trim();
  const refused = /^CANNOT:\s*(.+)$/m.exec(words);
  if (refused) return { cannot: refused[1]!.trim() };
  const blocks = fencedBlocks(words);
  const candidates = [words, ...blocks.reverse(), words.slice(words.indexOf("{"), words.lastIndexOf("}") + 1)];
  if (schema) {
    for (const candidate of candidates) {
      const value = parseJson(candidate);
      if (value !== undefined) return { output: value };
    }
    return { output: words };
  }
  const whole = parseJson(words);
  return { output: typeof whole === "object" && whole !== null ? whole : words };
}

/**
 * The contents of code fences. Reads line by line: a pattern would search the rest of the text for each unclosed fence.
 */
function fencedBlocks(words: string): string[] {
  const blocks: string[] = [];
  const lines = words.split("\n");
  let opened: number | undefined;
  for (const [at, line] of lines.entries()) {
    if (opened === undefined) {
      if (/^```(?:json)?[ \t]*\r?$/.test(line)) opened = at;
    } else if (/^```[ \t]*\r?$/.test(line)) {
      blocks.push(lines.slice(opened + 1, at).join("\n"));
      opened = undefined;
    }
  }
  return blocks;
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
