/** Something in a goal that looks like a value. */
export interface Token {
  readonly text: string;
  readonly at: number;
  /** In quotation marks or as code, so that it is meant literally. */
  readonly literal: boolean;
}

const LITERAL =
  /`([^`\n]{1,400})`|"([^"\n]{1,400})"|“([^”\n]{1,400})”|„([^“”"\n]{1,400})[“”"]|«\s?([^»\n]{1,400}?)\s?»|「([^」\n]{1,400})」|(?<=^|[\s(:=])'([^'\n]{1,400})'(?=$|[\s.,;:)!?])/gu;
const MOST_TOKENS = 300;
const LONGEST = 200;

/** What stands literally in a text, in its order. */
export function literalsIn(text: string): Token[] {
  return [...text.matchAll(LITERAL)].map((match) => ({
    text: match.slice(1).find((group) => group !== undefined)!,
    at: match.index,
    literal: true,
  }));
}

/** The words of a text as they were written, without the punctuation around them. Scripts without spaces end a word. */
export function tokensIn(text: string): Token[] {
  const tokens: Token[] = [];
  for (const { 0: word, index } of text.matchAll(
    /https?:\/\/[^\s`"<>]+|[^\s\u3000-\u9fff\uac00-\ud7af`"“”„«»「」=]+/gu,
  )) {
    const bare = word.replace(/^[('[{<]+/, "").replace(/[)\]}>,;:!?.'，。、]+$/u, "");
    if (bare !== "" && bare.length <= LONGEST)
      tokens.push({ text: bare, at: index + word.indexOf(bare), literal: false });
    if (tokens.length >= MOST_TOKENS) break;
  }
  return tokens;
}

export const isAddress = (text: string): boolean =>
  /^(?:https?|git|ssh|s3|ftp|file):\/\/\S+$|^git@\S+:\S+$|^www\.\S+\.\S+$/i.test(text);
export const isPath = (text: string): boolean =>
  /^(?:\.{0,2}\/|~\/|[A-Za-z]:\\)\S+$|^[\w.-]+(?:\/[\w.-]+)+\/?$|^[\w-]+\.[A-Za-z]{1,5}$/.test(text) &&
  !isAddress(text);
export const isMail = (text: string): boolean => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
export const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);
/** Made by a machine or for one: has digits or marks that words do not have. */
export const isIdentifier = (text: string): boolean =>
  /^[\w@][\w@./:+-]*$/.test(text) && /\d|[-_./]|[a-z][A-Z]/.test(text);

/** A number as people write it: "0.8", "0,8", "80%", "10k", "30s". */
export function numberIn(text: string): { readonly value: number; readonly percent: boolean } | undefined {
  const match = /^[<>=≥≤~€$£]*(-?\d+(?:[.,]\d+)?)(%|k|m|x|[a-zA-Zµ]{1,4})?$/.exec(text);
  if (!match) return undefined;
  const [, digits, unit] = match;
  const value = Number(digits!.replace(",", "."));
  return { value: unit === "k" ? value * 1000 : value, percent: unit === "%" };
}

const QUARTERS: readonly (readonly [RegExp, string])[] = [
  [
    /first quarter|1st quarter|erste[sn]? quartal|1\. quartal|premier trimestre|primer trimestre|primeiro trimestre|primo trimestre|eerste kwartaal|pierwsz\w+ kwarta\w+|перв\w+ квартал\w*|第一季度|第1四半期/i,
    "Q1",
  ],
  [
    /second quarter|2nd quarter|zweite[sn]? quartal|2\. quartal|deuxieme trimestre|deuxième trimestre|segundo trimestre|secondo trimestre|tweede kwartaal|drugi\w* kwarta\w+|втор\w+ квартал\w*|第二季度|第2四半期/i,
    "Q2",
  ],
  [
    /third quarter|3rd quarter|dritte[sn]? quartal|3\. quartal|troisi[eè]me trimestre|tercer trimestre|terceiro trimestre|terzo trimestre|derde kwartaal|trzeci\w* kwarta\w+|трет\w+ квартал\w*|第三季度|第3四半期/i,
    "Q3",
  ],
  [
    /fourth quarter|4th quarter|vierte[sn]? quartal|4\. quartal|quatri[eè]me trimestre|cuarto trimestre|quarto trimestre|vierde kwartaal|czwart\w+ kwarta\w+|четв[её]рт\w+ квартал\w*|第四季度|第4四半期/i,
    "Q4",
  ],
];

/** Forms in which a text's values may also be written, for patterns: "Q3 2025" is "2025-Q3" too. */
export function formsIn(text: string, tokens: readonly Token[]): Token[] {
  const spoken = QUARTERS.flatMap(([words, name]) => {
    const at = text.search(words);
    return at < 0 ? [] : [{ text: name, at, literal: false }];
  });
  const quarters = [
    ...text.matchAll(
      /\b([QqTK])([1-4])\b|\b([1-4])([QqTК])(?=\b|\d)|([1-4])\s?(?:квартал|분기)|第([1-4一二三四])(?:季度|四半期)/g,
    ),
  ].map((match) => ({
    text: `Q${(match[2] ?? match[3] ?? match[5] ?? match[6]!).replace(/[一二三四]/, (digit) => String("一二三四".indexOf(digit) + 1))}`,
    at: match.index,
    literal: false,
  }));
  const years = [...text.matchAll(/(?<!\d)(?:19|20)\d{2}(?!\d)/g)].map((match) => ({
    text: match[0],
    at: match.index,
    literal: false,
  }));
  const dated = [...spoken, ...quarters].flatMap(({ text: quarter, at }) =>
    years.flatMap(({ text: year }) =>
      [`${year}-${quarter}`, `${quarter}-${year}`, `${year}${quarter}`, `${quarter} ${year}`].map((form) => ({
        text: form,
        at,
        literal: false,
      })),
    ),
  );
  const pairs = tokens.slice(0, -1).flatMap((token, at) => {
    const next = tokens[at + 1]!;
    if (!/\d/.test(token.text + next.text)) return [];
    return ["-", "_", "/", "", "."].flatMap((mark) =>
      [token.text + mark + next.text, next.text + mark + token.text].map((form) => ({
        text: form,
        at: token.at,
        literal: false,
      })),
    );
  });
  const cased = tokens
    .filter(({ text: token }) => /\d/.test(token))
    .flatMap((token) =>
      [token.text.toUpperCase(), token.text.toLowerCase()]
        .filter((form) => form !== token.text)
        .map((form) => ({ ...token, text: form })),
    );
  return [...cased, ...dated, ...pairs];
}
