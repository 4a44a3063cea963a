/**
 * The end of a string literal of the expression language: the index after its closing quote, or the text's length if
 * it is not closed. `at` is its first quote. `"""` and `'''` strings may hold single quotes and line breaks. In a raw
 * string (`r"…"`) a backslash is an ordinary character.
 */
export function endOfString(text: string, at: number): number {
  const quote = text[at]!;
  const closing = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  const raw = /(?:^|[^A-Za-z0-9_])(?:[rR][bB]?|[bB][rR])$/.test(text.slice(Math.max(0, at - 3), at));
  let i = at + closing.length;
  while (i < text.length) {
    if (text.startsWith(closing, i)) return i + closing.length;
    i += text[i] === "\\" && !raw ? 2 : 1;
  }
  return text.length;
}
