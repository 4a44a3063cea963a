/**
 * The beginning of a text, with `…` as its last character if it is longer than `max` characters. Never half a
 * character. For names and titles; outputs and logs are shortened by `excerpt`.
 */
export const truncate = (text: string, max: number): string =>
  text.length <= max ? text : `${beginning(text, max - 1)}…`;

/** The first `max` characters of a text; one fewer where that would cut a surrogate pair. */
export const beginning = (text: string, max: number): string =>
  text.slice(0, Math.max(0, max)).replace(/[\uD800-\uDBFF]$/, "");

/** The last `max` characters of a text; one fewer where that would cut a surrogate pair. */
const ending = (text: string, max: number): string =>
  max <= 0 ? "" : text.slice(-max).replace(/^[\uDC00-\uDFFF]/, "");

/** Texts that are shown in less than this have no room for two parts and a note between them. */
const MIN_EXCERPT_CHARACTERS = 60;

/**
 * A text in at most `max` characters: its head and its tail, and between them how many characters are left out. A plan
 * says at its beginning what it is about, a command at its end how it went.
 */
export function excerpt(text: string, max: number): string {
  if (text.length <= max) return text;
  if (max < MIN_EXCERPT_CHARACTERS) return truncate(text, max);
  const room = max - note(text.length).length;
  const head = beginning(text, Math.ceil(room / 2));
  const tail = ending(text, Math.floor(room / 2));
  return `${head}${note(text.length - head.length - tail.length)}${tail}`;
}

const note = (characters: number): string => `…[${characters} characters left out]…`;

/** The value, or an excerpt of it as text. Text that is no JSON text stays text. */
export function excerptValue<T>(value: T, max: number): T | string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "null");
  return text.length <= max ? value : excerpt(text, max);
}
