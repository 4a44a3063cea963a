/** What a host showed its model as the result of a call: JSON in one host, lines of text in another. */
export interface Shown {
  readonly text: string;
}

/** One call. A tool of Baton's is named as Baton names it; the host's prefix comes from the dialect. */
export interface ToolCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A turn of the model: calls, all at once, or a last word. */
export type Turn = { readonly calls: readonly ToolCall[] } | { readonly text: string };

/**
 * A model's mind, written down: it yields turns and is given what it was shown for each call. Where a real model would
 * read an answer, a script reads it too, from exactly what the host put in front of it.
 */
export type Script = Generator<Turn, string, readonly Shown[]>;

/** One call, and what was shown for it. */
export function* call(
  tool: string,
  input: Readonly<Record<string, unknown>>,
): Generator<Turn, Shown, readonly Shown[]> {
  const [shown] = yield { calls: [{ tool, input }] };
  if (!shown) throw new Error(`the host showed nothing for ${tool}`);
  return shown;
}

/** A mind that only answers. */
export function* say(text: string): Script {
  yield { text };
  return text;
}

export const workflowIdIn = (shown: Shown): string => read(shown, /\bwf_[0-9a-z]{10}\b/, "workflowId");
export const assignmentIn = (shown: Shown): string => read(shown, /\bas_[0-9a-z]{22}\b/, "assignment");

export function assignmentsIn({ text }: Shown): string[] {
  return [...new Set(text.match(/\bas_[0-9a-z]{22}\b/g) ?? [])];
}

function read({ text }: Shown, pattern: RegExp, what: string): string {
  const [first] = pattern.exec(text) ?? [];
  if (first === undefined)
    throw new Error(`The model was shown no ${what}, and could not go on. It was shown:\n${text}`);
  return first;
}
