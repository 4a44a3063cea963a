/**
 * What is not seen where it is shown, or changes how the rest is: control characters, separators of lines that only some programs know, marks of
 * direction, characters without a width, the letters in which text is hidden from people and not from models, half characters.
 */
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu;

/** Most text holds nothing else. */
const PLAIN = /^[\t\n -~]*$/;

/**
 * Text with everything unseen written out, as `\u001b`: what somebody else wrote must neither steer a terminal nor hide from whoever reads it.
 * For what is shown; data stays as it is. Written in UTF-16 units, so that JSON in which it happens still means the same.
 */
export const visible = (text: string): string =>
  PLAIN.test(text) ? text : text.replaceAll("\r\n", "\n").replace(UNSEEN, writtenOut);

const writtenOut = (character: string, at: number, text: string): string => {
  if (/[\u200C\u200D]/.test(character) && joins(text.slice(Math.max(0, at - 2), at), text.slice(at + 1, at + 3)))
    return character;
  if (/[\uFE0E\uFE0F]/.test(character) && STYLED.test(text.slice(Math.max(0, at - 2), at))) return character;
  return Array.from({ length: character.length }, (_, unit) => unitOf(character.charCodeAt(unit))).join("");
};

const unitOf = (unit: number): string => `\\u${unit.toString(16).padStart(4, "0")}`;

/** One choice between text and picture, after what has both. More than one would be data in disguise. */
const STYLED = /[\p{Emoji}\p{Extended_Pictographic}]$/u;
const PICTURE_BEFORE = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)$/u;
const PICTURE_AFTER = /^\p{Extended_Pictographic}/u;
/** Letters that are shaped by their neighbours; of the others none needs a joiner, and words can be broken by it unseen. */
const SHAPED_BEFORE =
  /(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Common}\p{Script=Inherited}])[\p{L}\p{M}]$/u;
const SHAPED_AFTER = /^[\p{L}\p{M}]/u;

/** Joiners are needed inside of emoji, and by scripts like the Arabic and the Indic ones. */
const joins = (before: string, after: string): boolean =>
  (PICTURE_BEFORE.test(before) && PICTURE_AFTER.test(after)) ||
  (SHAPED_BEFORE.test(before) && SHAPED_AFTER.test(after));

/** The same for every text in some data, keys too. What holds none is given back as it is. */
export const visibleIn = <T>(data: T): T => textsIn(data, visible);

/**
 * Every text in some data, keys too, as `show` shows it.
 * @param among which values are shown otherwise, by their keys: they are shown by what is given for them
 */
export function textsIn<T>(
  data: T,
  show: (text: string) => string,
  among: (key: string, value: unknown) => ((text: string) => string) | undefined = () => undefined,
): T {
  const shown = (value: unknown, how: typeof show): unknown => {
    if (typeof value === "string") return how(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      const all = value.map((one) => shown(one, how));
      return all.some((one, at) => one !== value[at]) ? all : value;
    }
    const record = value as Readonly<Record<string, unknown>>;
    const keys = Object.keys(record);
    let changed: [string, unknown][] | undefined;
    for (const [at, key] of keys.entries()) {
      const [name, one] = [how(key), shown(record[key], among(key, record[key]) ?? how)];
      if (name !== key || one !== record[key]) changed ??= keys.slice(0, at).map((before) => [before, record[before]]);
      changed?.push([name, one]);
    }
    return changed ? Object.fromEntries(changed) : value;
  };
  return shown(data, show) as T;
}
