import { truncate } from "../../model/text/truncate.ts";
/** What is wrong with an expression, a template or a piece of shell text; its place is known to whoever asked. */
export interface ExpressionError {
  readonly message: string;
  readonly hint?: string;
}

/** A fault without an empty `hint`. */
export function expressionError(message: string, hint?: string): ExpressionError {
  return hint === undefined ? { message } : { message, hint };
}

/** The sentence that every mistake inside `{{ }}` may need: perhaps the braces were not meant for Baton. */
export const LITERAL_BRACES = "For a literal {{ write \\{{.";

/** A text short enough to be quoted in a message, on one line. */
export function quote(text: string, most = 80): string {
  const line = text.replace(/\s+/g, " ").trim();
  return `"${truncate(line, most)}"`;
}
