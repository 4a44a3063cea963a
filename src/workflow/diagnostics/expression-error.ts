import { truncate } from "../../model/text/truncate.ts";

/** What is wrong with an expression, a template or a shell text. The caller knows its place. */
export interface ExpressionError {
  readonly message: string;
  readonly hint?: string;
}

/** An error that has the key `hint` only if there is one. */
export function expressionError(message: string, hint?: string): ExpressionError {
  return hint === undefined ? { message } : { message, hint };
}

/** Hint for every error inside `{{ }}`: perhaps the author did not mean the braces for Baton. */
export const LITERAL_BRACES = "For a literal {{ write \\{{.";

/** The text in quotes, on one line, cut to `most` characters. */
export function quote(text: string, most = 80): string {
  const line = text.replace(/\s+/g, " ").trim();
  return `"${truncate(line, most)}"`;
}
