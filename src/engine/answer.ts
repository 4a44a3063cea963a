import type { AssignmentView } from "../model/view.ts";
import type { JsonSchema } from "../model/worker.ts";
import type { JsonValue } from "../model/workflow.ts";

/** Beyond this a prompt does not fit into one argument of a command. */
const LONGEST = 100_000;

/**
 * What a headless program is asked: the assignment, and to answer with nothing but the output, since its last words are what is delivered.
 * @param whole the file that holds the whole assignment, for what does not fit
 */
export function promptFor(assignment: AssignmentView, whole: string): string {
  const { prompt, input, handoffs, previous, outputSchema, verify } = assignment;
  const parts = [
    prompt,
    input !== null && `Input:\n${JSON.stringify(input, null, 2)}`,
    handoffs.length > 0 && `Handed over by those before you:\n${JSON.stringify(handoffs, null, 2)}`,
    previous && `The try before this one failed (${previous.reason}): ${previous.message}`,
    verify.length > 0 && `When you are done, this will be checked:\n${verify.map((check) => `- ${check}`).join("\n")}`,
    outputSchema
      ? `End with the result as one JSON value, alone in a fenced block marked json, that fits this JSON Schema:\n${JSON.stringify(outputSchema)}`
      : "End with the result, in a few lines.",
    "If it cannot be done, say why in one line that begins with CANNOT:",
  ];
  const text = parts.filter((part): part is string => typeof part === "string").join("\n\n");
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST)}… [cut: the whole assignment is in ${whole}; read it first]`;
}

/** What a headless program answered: a result, or why there is none. */
export type Answer = { readonly output: JsonValue } | { readonly cannot: string };

/** Reads an answer. JSON is looked for where a schema asks for it; otherwise the words are the result. */
export function readAnswer(text: string, schema: JsonSchema | null): Answer {
  const words = text.trim();
  const refused = /^CANNOT:\s*(.+)$/m.exec(words);
  if (refused) return { cannot: refused[1]! };
  const blocks = [...words.matchAll(/^```(?:json)?[ \t]*\n([\s\S]*?)\n```[ \t]*$/gm)].map(([, block]) => block!);
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

function json(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
