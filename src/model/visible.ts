/** C0 without tab and newline, DEL, and C1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is made visible
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/**
 * Text with its control characters written out, as `\u001b`: what somebody else wrote must neither steer a terminal nor hide from whoever reads
 * it. For what is shown; data stays as it is.
 */
export const visible = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replaceAll(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The same for every text in some data, keys too. */
export function visibleIn<T>(data: T): T {
  return shown(data) as T;
}

function shown(value: unknown): unknown {
  if (typeof value === "string") return visible(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [visible(key), shown(one)]));
}
