import type { JsonValue, Parameter } from "../model/workflow.ts";
import { type Find, likely, sure, type Text } from "./finding.ts";
import { isCognate, meaningOf } from "./glossary.ts";
import { NO_NAMES, nameShape, nameWords } from "./names.ts";
import { escaped, shapeOf } from "./patterns.ts";
import { isIdentifier, numberIn } from "./recognise.ts";
import { fold, stem, topicOf, wordsIn } from "./words.ts";

/** Values that their type tells from other words: one that may be chosen, a list, a number, a yes or no. */
export function byType(text: Text, parameter: Parameter): Find | undefined {
  if (parameter.enum) return chosen(text, parameter);
  if (parameter.type === "array") return enumerated(text, parameter);
  if (parameter.type === "number" || parameter.type === "integer") return counted(text, parameter);
  return parameter.type === "boolean" ? toggled(text, parameter) : undefined;
}

/** Values that may be chosen from, as words of the goal. */
function chosen({ text }: Text, { type, enum: allowed, name }: Parameter): Find | undefined {
  const words = wordsIn(fold(text.replace(/https?:\S+/g, " ")));
  const folded = fold(text);
  const isSaid = (value: JsonValue): boolean => {
    if (typeof value !== "string") return words.some(({ text: word }) => word === String(value));
    const parts = wordsIn(fold(value).replace(/[_-]/g, " "));
    if (parts.length !== 1) return folded.includes(fold(value)) || folded.includes(fold(value).replace(/[_-]/g, " "));
    const root = parts[0]!.stem;
    const at = words.findIndex(
      ({ text: word, stem: other }) =>
        word === parts[0]!.text || other === root || (word.length > 4 && isCognate(word, parts[0]!.text)),
    );
    if (at >= 0)
      return !words
        .slice(Math.max(0, at - 2), at)
        .some(({ text: word }) => /^(not|no|without|skip|nicht|ohne|sans|sin|sem|senza|bez|без)$/.test(word));
    return meaningOf(root, words, folded) !== undefined && root.length > 3;
  };
  const said = (allowed ?? []).filter(isSaid);
  if (said.length === 0) return undefined;
  return type === "array" ? likely(said) : said.length === 1 ? likely(said[0]!) : atName(text, name, said);
}

function atName(text: string, name: string, said: readonly JsonValue[]): Find | undefined {
  const near = said.find((value) =>
    shapeOf(`${escaped(String(value))}\\s+${escaped(nameWords(name).at(-1)!)}`, "i").test(text),
  );
  return near === undefined ? undefined : sure(near);
}

const AND = "(?:,?\\s+(?:and|und|et|y|e|en|i|oraz|и|ve|och|then|und dann)\\s+|\\s*[,、，/&+]\\s*|\\s*[とと和]\\s*)";
const COMMA = "\\s*[,、，/&+と和]\\s*";

/** "services api, web and worker", or "the api and web services". */
function enumerated({ text }: Text, { name }: Parameter): Find | undefined {
  const word = nameWords(name).at(-1)!;
  const called = `[\\p{L}-]*${escaped(word.replace(/s$/, ""))}\\p{L}*|[\\p{L}-]*(?:dienste?n?|servi[cçz]\\p{L}*|usług\\p{L}*|сервис\\p{L}*|サービス|服务)`;
  const item = "`?[\\p{Script=Latin}\\p{N}][\\p{Script=Latin}\\p{N}._-]{0,40}`?";
  const after = shapeOf(
    `(?:^|[^\\p{L}])(?:${called})\\s*:?\\s+(${item}(?:${COMMA}${item}){0,20}(?:${AND}${item})?)`,
    "giu",
  );
  for (const [, list] of text.matchAll(after)) {
    const items = itemsOf(list!);
    if (items.length > 0) return sure(items);
  }
  const before = shapeOf(
    `(?<![\\p{Script=Latin}\\p{N}._-])((?:${item}${COMMA}){0,20}(?:${item}${AND})?${item})\\s*(?:の)?\\s*(?:${called})(?!\\p{L})`,
    "iu",
  ).exec(text);
  const items = before ? itemsOf(before[1]!, true) : [];
  return items.length > 0 ? sure(items) : undefined;
}

function itemsOf(list: string, last = false): string[] {
  const pieces = list.split(shapeOf(AND, "iu")).map((one) => one.replace(/[`.]+$|^`/g, "").trim());
  const stop = last ? -1 : pieces.findIndex((one) => NO_NAMES.test(one));
  const names =
    stop >= 0
      ? pieces.slice(0, stop)
      : last
        ? pieces.slice(pieces.findLastIndex((one) => NO_NAMES.test(one)) + 1)
        : pieces;
  return names.length === 1 && last && !isIdentifier(names[0]!) ? [] : names.filter((one) => one !== "");
}

function counted({ text, tokens }: Text, { name, type, description, default: usual }: Parameter): Find | undefined {
  const numbers = tokens.flatMap((token) => {
    const read = numberIn(token.text);
    return read ? [{ ...read, at: token.at }] : [];
  });
  const fitting = numbers
    .map(({ value, percent, at }) => ({
      value: percent && typeof usual === "number" && Math.abs(usual) <= 1 ? value / 100 : value,
      at,
    }))
    .filter(
      ({ value }) =>
        (type !== "integer" || Number.isInteger(value)) &&
        !(typeof usual === "number" && usual > 0 && usual < 1 && value > 1),
    );
  const roots = [...nameWords(name), ...topicOf(description ?? "")].map(stem);
  const near = fitting.find(({ at }) => {
    const around = fold(text.slice(Math.max(0, at - 40), at + 30));
    return roots.some((root) => meaningOf(root, wordsIn(around), around) !== undefined);
  });
  if (near) return likely(near.value);
  return fitting.length === 1 &&
    typeof usual === "number" &&
    !Number.isInteger(usual) &&
    !Number.isInteger(fitting[0]!.value)
    ? likely(fitting[0]!.value)
    : undefined;
}

function toggled({ text }: Text, { name }: Parameter): Find | undefined {
  const words = nameShape(name);
  const match = shapeOf(
    `(without|no|not|skip|disable|don't|ohne|sans|sin|sem)?\\s*(?:the\\s+|a\\s+|any\\s+)?\\b${words}\\b`,
    "iu",
  ).exec(text);
  return match ? likely(match[1] === undefined) : undefined;
}
