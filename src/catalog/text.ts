import { isRecord } from "../model/json.ts";

/**
 * Characters that change how text is shown, or that nobody sees: control characters, marks of direction, and the
 * invisible letters in which words can be smuggled to a model. Joiners stay: emoji and some scripts need them.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSEEN = /[\u0000-\u0008\u000E-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFEFF\u{E0000}-\u{E007F}]/gu;

/** Anything that most text does not hold, and that `oneLine` might change. */
const UNUSUAL = /[^ -~]| {2}|^ | $/;

/** Text for one line: blanks folded, invisible characters removed. */
export function oneLine(text: string): string {
  if (!UNUSUAL.test(text)) return text;
  return text.replaceAll(UNSEEN, "").replaceAll(/\s+/g, " ").trim();
}

export const hidesCharacters = (text: string): boolean => UNUSUAL.test(text) && text.search(UNSEEN) >= 0;

/** A name as an identifier: lower-case letters of any script and digits, single hyphens. */
export function slugOf(name: string): string {
  // Most names already are.
  if (/^[a-z0-9]+(?:-[a-z0-9]+){0,40}$/.test(name) && name.length <= 128) return name;
  const slug = name
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 128);
  return slug === "" ? "unnamed" : slug;
}

/** Scalars as text. Blank text, and YAML's words for nothing, count as absent. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = oneLine(value);
  return text === "" || text === "~" || text === "null" ? undefined : text;
}

/** The texts of a list, or the comma-separated parts of a text. Other values are left out. */
export function textsOf(value: unknown): string[] {
  const items = Array.isArray(value) ? value : typeof value === "string" ? value.split(",") : [];
  return unique(items.map(textOf).filter((text) => text !== undefined));
}

export const unique = (texts: readonly string[]): string[] => (texts.length < 2 ? [...texts] : [...new Set(texts)]);

/** A map's own key. `__proto__` and the like are never reached through the prototype chain. */
export function own(map: unknown, key: string): unknown {
  return isRecord(map) && Object.hasOwn(map, key) ? map[key] : undefined;
}

const CHAIN = new Set(["__proto__", "constructor", "prototype"]);

/** A copy that holds only data, without keys that would set a prototype. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isRecord(value)) return typeof value === "string" ? value.replaceAll(UNSEEN, "") : value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) if (!CHAIN.has(key)) copy[oneLine(key)] = plain(value[key]);
  return copy;
}
