import { visible } from "../../model/text/escape-control.ts";
import { inLine, labelled } from "../../model/text/quoted.ts";
import type { AssignmentView } from "../../model/view.ts";
import type { JsonSchema } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";

/** Bytes beyond which a prompt may not fit into one argument of a command. */
const LONGEST = 100_000;
/** Bytes of a schema that is quoted rather than pointed to. */
const LONGEST_SCHEMA = 40_000;

/**
 * What a headless program is asked: the assignment, and to answer with nothing but the output, since its last words are what is delivered.
 * @param whole the file that holds the whole assignment, for what does not fit
 * @param asking how the person is asked; absent: it cannot be
 */
export function promptFor(assignment: AssignmentView, whole: string, asking?: string): string {
  const { prompt, input, handoffs, answers, previous, outputSchema, verify } = assignment;
  const work = paragraphs([
    visible(prompt),
    input !== null && `Input:\n${asJson(input)}`,
    handoffs.length > 0 && `Handed over by those before you:\n${asJson(handoffs)}`,
    answers && `The person was asked, and answered:\n${asJson(answers)}`,
    previous && labelled(`The try before this one failed (${previous.reason})`, previous.message).join("\n"),
    verify.length > 0 && `When you are done, this will be checked:\n${verify.map(checked).join("\n")}`,
  ]);
  const ending = paragraphs([
    asking,
    outputSchema ? formOf(JSON.stringify(outputSchema), whole) : "End with the result, in a few lines.",
    "If it cannot be done, say why in one line that begins with CANNOT:",
  ]);
  const room = LONGEST - Buffer.byteLength(ending);
  if (Buffer.byteLength(work) <= room) return paragraphs([work, ending]);
  // However much there is to do, how to answer is said.
  const head = Buffer.from(work)
    .subarray(0, room)
    .toString("utf8")
    .replace(/\uFFFD$/, "");
  return paragraphs([`${head}… [cut: the whole assignment is in ${whole}; read it first]`, ending]);
}

/** JSON, in which what is unseen is written out: it means the same. No line of it begins with a word. */
const asJson = (value: unknown): string => visible(JSON.stringify(value, null, 2));

const checked = (check: string): string => `- ${inLine(check)}`;

const paragraphs = (parts: readonly (string | false | undefined)[]): string =>
  parts.filter((part) => typeof part === "string").join("\n\n");

function formOf(schema: string, whole: string): string {
  const ask = "End with the result as one JSON value, alone in a fenced block marked json, that fits";
  return Buffer.byteLength(schema) <= LONGEST_SCHEMA
    ? `${ask} this JSON Schema:\n${schema}`
    : `${ask} the JSON Schema "outputSchema" in ${whole}.`;
}

/** What a headless program answered: a result, or why there is none. */
export type Answer = { readonly output: JsonValue } | { readonly cannot: string };

/** Reads an answer. JSON is looked for where a schema asks for it; otherwise the words are the result. */
export function readAnswer(text: string, schema: JsonSchema | null): Answer {
  const words = text.trim();
  const refused = /^CANNOT:\s*(.+)$/m.exec(words);
  if (refused) return { cannot: refused[1]!.trim() };
  const blocks = blocksIn(words);
  const candidates = [words, ...blocks.reverse(), words.slice(words.indexOf("{"), words.lastIndexOf("}") + 1)];
  if (schema) {
    for (const candidate of candidates) {
      const value = json(candidate);
      if (value !== undefined) return { output: value };
    }
    return { output: words };
  }
  const whole = json(words);
  return { output: typeof whole === "object" && whole !== null ? whole : words };
}

/** What stands between code fences. Line by line: a pattern would look for the end anew from every fence that is not closed. */
function blocksIn(words: string): string[] {
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

function json(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
