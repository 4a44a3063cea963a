/** A text without the signs at its end. A pattern that ends in `+$` begins anew at each of them, wherever in the text they stand. */
export function withoutEnding(text: string, sign: RegExp): string {
  let end = text.length;
  while (end > 0 && sign.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}
