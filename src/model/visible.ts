/** C0 without tab and newline, DEL, and C1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is made visible
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/;
const EACH = new RegExp(CONTROL, "g");

/**
 * Text with its control characters written out, as `\u001b`: what somebody else wrote must neither steer a terminal nor hide from whoever reads
 * it. For what is shown; data stays as it is.
 */
export const visible = (text: string): string => (CONTROL.test(text) ? written(text) : text);

const written = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replace(EACH, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The same for every text in some data, keys too. What holds none is given back as it is. */
export function visibleIn<T>(data: T): T {
  return shown(data) as T;
}

function shown(value: unknown): unknown {
  if (typeof value === "string") return visible(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const all = value.map(shown);
    return all.some((one, at) => one !== value[at]) ? all : value;
  }
  const record = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record);
  let changed: [string, unknown][] | undefined;
  for (const [at, key] of keys.entries()) {
    const [name, one] = [visible(key), shown(record[key])];
    if (name !== key || one !== record[key]) changed ??= keys.slice(0, at).map((before) => [before, record[before]]);
    changed?.push([name, one]);
  }
  return changed ? Object.fromEntries(changed) : value;
}
