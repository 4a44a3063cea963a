/**
 * Characters that are invisible or change how other text looks: control characters, rare line separators, marks of
 * direction, zero-width characters, letters that hide text from people but not from models, half surrogate pairs.
 */
const INVISIBLE = /(?![\t\n])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu;

/** Most text has none of them. */
const PLAIN = /^[\t\n -~]*$/;

/**
 * Text with everything invisible written out, as `\u001b`. Text of others must neither steer a terminal nor hide from
 * its reader. For display only; data stays as it is. Written in UTF-16 units, so JSON that holds it keeps its meaning.
 */
export const escapeControl = (text: string): string =>
  PLAIN.test(text) ? text : text.replaceAll("\r\n", "\n").replace(INVISIBLE, escapeCharacter);

const escapeCharacter = (character: string, at: number, text: string): string => {
  if (/[\u200C\u200D]/.test(character) && needsJoiner(text.slice(Math.max(0, at - 2), at), text.slice(at + 1, at + 3)))
    return character;
  if (/[\uFE0E\uFE0F]/.test(character) && BEFORE_STYLE.test(text.slice(Math.max(0, at - 2), at))) return character;
  return Array.from({ length: character.length }, (_, unit) => escapeUnit(character.charCodeAt(unit))).join("");
};

const escapeUnit = (unit: number): string => `\\u${unit.toString(16).padStart(4, "0")}`;

/** One choice between text and picture, after a character that has both. More than one would be hidden data. */
const BEFORE_STYLE = /[\p{Emoji}\p{Extended_Pictographic}]$/u;
const PICTURE_BEFORE = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)$/u;
const PICTURE_AFTER = /^\p{Extended_Pictographic}/u;
/** Letters whose neighbours shape them. Other letters need no joiner, and a joiner would split words invisibly. */
const SHAPED_BEFORE =
  /(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}])[\p{L}\p{M}]$/u;
const SHAPED_AFTER = /^[\p{L}\p{M}]/u;

/** Emoji and scripts such as the Arabic and the Indic ones need joiners. */
const needsJoiner = (before: string, after: string): boolean =>
  (PICTURE_BEFORE.test(before) && PICTURE_AFTER.test(after)) ||
  (SHAPED_BEFORE.test(before) && SHAPED_AFTER.test(after));

/** The same for every text in some data, keys included. Data without such characters is returned as it is. */
export const escapeControlIn = <T>(data: T): T => mapTexts(data, escapeControl);

/**
 * Every text in some data, keys included, as `show` shows it.
 * @param transformFor values to show differently, by their keys
 */
export function mapTexts<T>(
  data: T,
  show: (text: string) => string,
  transformFor: (key: string, value: unknown) => ((text: string) => string) | undefined = () => undefined,
): T {
  const mapped = (value: unknown, transform: typeof show): unknown => {
    if (typeof value === "string") return transform(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      const all = value.map((one) => mapped(one, transform));
      return all.some((one, at) => one !== value[at]) ? all : value;
    }
    const record = value as Readonly<Record<string, unknown>>;
    const keys = Object.keys(record);
    let changed: [string, unknown][] | undefined;
    for (const [at, key] of keys.entries()) {
      const [name, one] = [transform(key), mapped(record[key], transformFor(key, record[key]) ?? transform)];
      if (name !== key || one !== record[key]) changed ??= keys.slice(0, at).map((before) => [before, record[before]]);
      changed?.push([name, one]);
    }
    return changed ? Object.fromEntries(changed) : value;
  };
  return mapped(data, show) as T;
}
