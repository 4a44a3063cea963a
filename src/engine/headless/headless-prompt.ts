import { escapeControl } from "../../model/text/escape-control.ts";
import { quoteShell } from "../../model/text/quote-shell.ts";
import type { JsonSchema } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";
import type { Assignment } from "../../run/assignment/assignment.ts";
import { assignmentText } from "../../run/assignment/assignment-text.ts";

/** The largest prompt, in bytes: a longer one may not fit into one argument of a command. */
const MAX_PROMPT_BYTES = 100_000;
/** The largest schema that the prompt quotes, in bytes. For a larger one it names the file. */
const MAX_INLINE_SCHEMA_BYTES = 40_000;

/** Characters of an assignment in a prompt. */
const MAX_ASSIGNMENT_CHARACTERS = 40_000;

/** What a headless program's prompt is made of, beside the assignment. */
export interface PromptOptions {
  /** The text of the capability's file. */
  readonly role: string | undefined;
  /** The path of the file with the whole assignment, for what does not fit. */
  readonly whole: string;
  /** The command line that starts Baton with the run's state directory, as words. */
  readonly baton: readonly string[];
  /** How the program asks the user; absent: it cannot. */
  readonly asking?: string | undefined;
}

/**
 * The prompt for a headless program: the assignment, and how to answer. The program must end with the output alone,
 * since Baton delivers its last words.
 */
export function promptFor(assignment: Assignment, { role, whole, baton, asking }: PromptOptions): string {
  const read = (part: string) =>
    [...baton, "handoff", "read", assignment.assignment, "--part", part].map(quoteShell).join(" ");
  const text = escapeControl(assignmentText(assignment, { size: MAX_ASSIGNMENT_CHARACTERS, role, call: read }).text);
  const { outputSchema } = assignment;
  const ending = paragraphs([
    asking,
    outputSchema ? outputInstructions(JSON.stringify(outputSchema), whole) : "End with the result, in a few lines.",
    "If you cannot do it, say why in one line that begins with CANNOT:",
  ]);
  const bytesLeft = MAX_PROMPT_BYTES - Buffer.byteLength(ending);
  if (Buffer.byteLength(text) <= bytesLeft) return paragraphs([text, ending]);
  // Only the work is cut, never how to answer.
  const head = Buffer.from(text)
    .subarray(0, bytesLeft)
    .toString("utf8")
    .replace(/\uFFFD$/, "");
  return paragraphs([`${head}… [cut: the whole assignment is in ${whole}; read it first]`, ending]);
}

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
export function readAnswer(text: string, schema: JsonSchema | undefined): HeadlessAnswer {
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
