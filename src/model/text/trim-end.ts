/**
 * Text without the matching characters at its end. A pattern that ends in `+$` would start over at each of them,
 * anywhere in the text.
 */
export function trimEnd(text: string, sign: RegExp): string {
  let end = text.length;
  while (end > 0 && sign.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}
