/**
 * The beginning of a text, with `…` as its last character if it is longer than `max` characters. Never half a
 * character.
 */
export const truncate = (text: string, max: number): string =>
  text.length <= max ? text : `${beginning(text, max - 1)}…`;

/** The first `max` characters of a text; one fewer where that would cut a surrogate pair. */
export const beginning = (text: string, max: number): string =>
  text.slice(0, Math.max(0, max)).replace(/[\uD800-\uDBFF]$/, "");

/** The value, or the first `max` characters of it as text with what `note` says about the whole text's length. */
export function truncateValue<T>(value: T, max: number, note: (length: number) => string): T | string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= max ? value : `${beginning(text, max)}… ${note(text.length)}`;
}
