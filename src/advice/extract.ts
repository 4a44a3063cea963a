import type { RoutableTemplate } from "../model/routing.ts";
import type { JsonObject, JsonValue, Parameter } from "../model/workflow.ts";
import { misfit } from "../workflow/parameters.ts";
import { isCognate, meaningOf } from "./glossary.ts";
import { kept } from "./kept.ts";
import { isQuick } from "./patterns.ts";
import {
  formsIn,
  isAddress,
  isDate,
  isIdentifier,
  isMail,
  isPath,
  literalsIn,
  numberIn,
  type Token,
  tokensIn,
} from "./recognise.ts";
import { fold, stem, topicOf, type Word, wordsIn } from "./words.ts";

/** Values stand at the beginning, or are few: so much of a goal is searched for them. */
const READ = 2000;

interface Text {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly literals: readonly Token[];
  readonly forms: readonly Token[];
}

export interface Extracted {
  readonly values: JsonObject;
  /** Names of parameters whose value can hardly stand in a goal by chance: it matches a pattern, or was written beside the name. */
  readonly telling: readonly string[];
}

/** What a goal says of a template's parameters, by their declarations alone. */
export function extractParameters(goal: string, template: RoutableTemplate): Extracted {
  const text = textOf(goal);
  const values: JsonObject = {};
  const telling: string[] = [];
  const parameters = (template.parameters ?? []).filter(({ pattern }) => pattern === undefined || isQuick(pattern));
  for (const [name, value] of commandsIn(text, parameters)) {
    values[name] = value;
    telling.push(name);
  }
  for (const parameter of parameters) {
    if (Object.hasOwn(values, parameter.name)) continue;
    const found = written(text, parameter) ?? sought(text, parameter);
    if (found === undefined || misfit(parameter, found.value) !== undefined) continue;
    values[parameter.name] = found.value;
    if (found.sure) telling.push(parameter.name);
  }
  lastResort(text, parameters, values);
  return { values, telling };
}

/** Every template asks about the same goal. */
const textOf = kept((goal: string): Text => {
  const text = goal.slice(0, READ);
  const tokens = tokensIn(text);
  return { text, tokens, literals: literalsIn(text), forms: formsIn(text, tokens) };
}, 4);

interface Find {
  readonly value: JsonValue;
  readonly sure: boolean;
}

const sure = (value: JsonValue): Find => ({ value, sure: true });
const likely = (value: JsonValue): Find => ({ value, sure: false });

/** The words of a name: "minimumScore", "minimum_score" and "minimum-score" have two. */
export const nameWords = kept((name: string): readonly string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map((word) => word.toLowerCase()),
);
/** Each word is looked at once for every parameter. */
const wordsOf = kept((token: string): readonly Word[] => wordsIn(fold(token)));

/** `name: value`, `name=value`, `--name value`: whoever writes so means it. */
function written({ text }: Text, parameter: Parameter): Find | undefined {
  const name = nameWords(parameter.name).map(escaped).join("[\\s_-]?");
  const value = "(`[^`]+`|\"[^\"]+\"|'[^']+'|\\[[^\\]]*\\]|[^\\s,;]+)";
  const match = shapeOf(`(?:^|[\\s,;({])(?:--${name}[=\\s]\\s*|${name}\\s*[=:]\\s*)${value}`, "iu").exec(text);
  const read = match && readAs(parameter, match[1]!.replace(/^[`"'](.*)[`"']$/s, "$1").replace(/[.)}]+$/, ""));
  return read === undefined || read === null || misfit(parameter, read) !== undefined ? undefined : sure(read);
}

/** The same shapes are asked for by every goal. */
const compiled = kept((shape: string) => new RegExp(shape.slice(shape.indexOf(" ") + 1), shape.split(" ", 1)[0]));
const shapeOf = (source: string, flags: string): RegExp => compiled(`${flags} ${source}`);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function readAs({ type, enum: allowed }: Parameter, text: string): JsonValue | undefined {
  const named = (one: string) =>
    allowed?.find((value) => typeof value === "string" && value.toLowerCase() === one.toLowerCase()) ?? one;
  if (type === "string") return named(text);
  if (type === "number" || type === "integer") return numberIn(text)?.value;
  if (type === "boolean")
    return /^(true|yes|on|1)$/i.test(text) ? true : /^(false|no|off|0)$/i.test(text) ? false : undefined;
  if (type === "array")
    return text
      .replace(/^\[|\]$/g, "")
      .split(/[,|+]/)
      .map((one) => named(one.trim().replace(/^["']|["']$/g, "")))
      .filter((one) => one !== "");
  return undefined;
}

function sought(text: Text, parameter: Parameter): Find | undefined {
  if (parameter.enum) return chosen(text, parameter);
  if (parameter.type === "array") return enumerated(text, parameter);
  if (parameter.type === "number" || parameter.type === "integer") return counted(text, parameter);
  if (parameter.type === "boolean") return toggled(text, parameter);
  if (parameter.type !== "string") return undefined;
  return isTelling(parameter.pattern)
    ? matched(text, parameter)
    : (beside(text, parameter) ?? described(text, parameter));
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
const NO_NAMES =
  /^(?:to|in|on|for|with|and|the|our|all|from|of|at|by|is|are|auf|in|nach|en|sur|a|na|в|на|into|onto|please|now|today|one|after|über|that|which|this|these|using|via|as|so|then|first|de|la|le|les|der|die|das|los|las|em|no|do|w|it|them|has|have|should|must|need|needs)$/i;

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
  const words = nameWords(name).map(escaped).join("[\\s_-]?");
  const match = shapeOf(
    `(without|no|not|skip|disable|don't|ohne|sans|sin|sem)?\\s*(?:the\\s+|a\\s+|any\\s+)?\\b${words}\\b`,
    "iu",
  ).exec(text);
  return match ? likely(match[1] === undefined) : undefined;
}

/** Does a pattern tell values from other words? One that lets any word pass says nothing. */
export function isTelling(pattern: string | undefined): boolean {
  if (pattern === undefined || !isQuick(pattern)) return false;
  const shape = shapeOf(pattern, "u");
  return !["word", "Word", "two words"].some((sample) => shape.test(sample));
}

function matched({ text, tokens, literals, forms }: Text, { pattern, name, description }: Parameter): Find | undefined {
  const shape = shapeOf(pattern!, "u");
  const fits = [...literals, ...tokens, ...forms].filter((token) => token.text.length <= 200 && shape.test(token.text));
  const named = shapeOf(
    `(?:${nameWords(`${name} ${description ?? ""}`)
      .filter((word) => word.length > 2)
      .map(escaped)
      .join("|")})\\W{0,3}$`,
    "iu",
  );
  const best =
    fits.find(({ at }) => named.test(text.slice(Math.max(0, at - 30), at))) ??
    fits.find((token) => /\d/.test(token.text)) ??
    fits.find(({ literal }) => literal);
  return best ? sure(best.text) : undefined;
}

/** "branch develop", "the develop branch", "account eu-shoes": a value next to its name, or to what its name is called elsewhere. */
function beside({ text, tokens, literals }: Text, { name, description }: Parameter): Find | undefined {
  const kinds = /branch|tag|commit/i.test(description ?? "")
    ? [
        "branch",
        "tag",
        "commit",
        "ref",
        "since",
        "against",
        "vs",
        "gegen",
        "seit",
        "depuis",
        "contra",
        "desde",
        "contro",
        "tegen",
        "wzgledem",
        "с",
        "против",
      ]
    : [];
  if (/\bcommand\b/i.test(description ?? "")) return undefined;
  const roots = new Set([...nameWords(name), ...kinds].map((word) => stem(fold(word))));
  const isName = (word: string) => {
    const words = wordsOf(word);
    return (
      words.length === 1 &&
      (roots.has(words[0]!.stem) ||
        [...roots].some(
          (root) => root.length > 3 && meaningOf(root, words, fold(word)) !== undefined && !isIdentifier(word),
        ))
    );
  };
  for (const [at, token] of tokens.entries()) {
    if (!isName(token.text)) continue;
    const end = token.at + token.text.length;
    const literal = literals.find((one) => one.at >= end && one.at - end <= 3);
    if (literal) return sure(literal.text);
    const next = tokens[at + 1];
    const gap = next ? text.slice(end, next.at) : "";
    if (next && /^[\s:=]*$/.test(gap) && !isName(next.text) && isValue(next.text)) return sure(next.text);
    const previous = tokens[at - 1];
    if (
      previous &&
      isIdentifier(previous.text) &&
      !isAddress(previous.text) &&
      token.at - previous.at - previous.text.length <= 2
    )
      return sure(previous.text);
  }
  const unspaced = /([\w./-]+)\s*(?:ブランチ|分支)/u.exec(text);
  return unspaced && kinds.length > 0 ? sure(unspaced[1]!) : undefined;
}

const isValue = (text: string): boolean =>
  (isIdentifier(text) || /^[A-Z][\w-]+$/.test(text) || /^(?:main|master|develop|trunk|next|stable)$/.test(text)) &&
  !NO_NAMES.test(text) &&
  !isAddress(text);

/** What its description says that it is: an address, a path, a mail, a date, what to look at most. */
function described({ text, tokens }: Text, { name, description }: Parameter): Find | undefined {
  const said = fold(`${nameWords(name).join(" ")} ${description ?? ""}`);
  const pick = (is: (word: string) => boolean) => tokens.find((token) => is(token.text));
  const kinds: readonly (readonly [RegExp, (word: string) => boolean])[] = [
    [/\b(?:url|address|link|website|repository|repo|uri|endpoint)\b/, isAddress],
    [/\b(?:e-?mail|mail)\b/, isMail],
    [/\b(?:path|file|folder|directory)\b/, isPath],
    [/\b(?:date|day|deadline)\b/, isDate],
  ];
  if (/\bcommand\b/.test(said)) return undefined;
  for (const [words, is] of kinds) {
    const token = words.test(said) ? pick(is) : undefined;
    if (token) return sure(token.text);
  }
  if (!/\b(?:focus|most|emphasis|attention)\b/.test(said)) return undefined;
  const match =
    /(?:mostly|especially|mainly|particularly|focus(?:ing|sed|ed)?\s+(?:on|is)|focus:|with an eye on|attention to|vor allem|besonders|schwerpunkt|surtout|notamment|sobre todo|especialmente|principalmente|soprattutto|vooral|zwlaszcza|zwłaszcza|szczególnie|особенно|прежде всего|özellikle)\s+(?:auf\s+|die\s+|the\s+|at\s+|on\s+|la\s+|le\s+|les\s+|los\s+|na\s+)*([^.,;!?\n]{2,80})/iu.exec(
      text,
    );
  return match ? likely(match[1]!.trim()) : undefined;
}

/** Commands stand as code. Which is whose, the words before each say; words after it help. */
function commandsIn({ text, literals }: Text, parameters: readonly Parameter[]): [string, string][] {
  const commands = parameters.filter(
    ({ type, description }) => type === "string" && /\bcommand\b/i.test(description ?? ""),
  );
  const code = literals.filter(({ at, text: literal }) => text[at] === "`" || /\s|^\.\//.test(literal));
  const claims = code.flatMap((literal, nth) => {
    const from = nth === 0 ? 0 : code[nth - 1]!.at + code[nth - 1]!.text.length + 2;
    const before = fold(text.slice(from, literal.at))
      .split(/[.;!?]\s|,/)
      .at(-1)!;
    const words = wordsIn(before).slice(-7);
    const behind = topicOf(
      text.slice(literal.at + literal.text.length + 2, code[nth + 1]?.at ?? text.length).split(/[.;,]\s/)[0]!,
    );
    return commands.map(({ name, description }) => {
      const roots = nameWords(name).map(stem);
      const last = words.at(-1) ?? words.at(-2);
      const named = roots.some((root) => words.some(({ stem: other }) => other === root))
        ? 4
        : roots.some((root) => meaningOf(root, words, before) !== undefined)
          ? 3
          : 0;
      const closest = last && roots.includes(last.stem) ? 1 : 0;
      const topic = topicOf(description ?? "");
      const told = [...behind, ...topicOf(before)].filter((word) => topic.has(word)).length;
      const inside = roots.some((root) => fold(literal.text).includes(root)) ? 1.5 : 0;
      return { name, literal, score: named + closest + inside + Math.min(2, told) * 0.6 };
    });
  });
  const given = new Map<string, string>();
  const taken = new Set<Token>();
  for (const { name, literal, score } of claims.sort((one, other) => other.score - one.score)) {
    if (score < 1 || given.has(name) || taken.has(literal)) continue;
    given.set(name, literal.text);
    taken.add(literal);
  }
  const rest = code.filter((literal) => !taken.has(literal));
  const open = commands.filter(({ name, required }) => required && !given.has(name));
  if (rest.length > 0 && rest.length === open.length)
    for (const [at, { name }] of open.entries()) given.set(name, rest[at]!.text);
  return [...given];
}

const ABOUT_ALL =
  /^(?:goal|task|topic|query|question|request|prompt|idea|subject|message|objective|problem|text|brief|what)$/i;

/** A required text that is the goal itself, or the one thing that stands in quotation marks. */
function lastResort({ text, literals }: Text, parameters: readonly Parameter[], values: JsonObject): void {
  const open = parameters.filter(
    (parameter) =>
      parameter.required &&
      parameter.type === "string" &&
      !parameter.pattern &&
      !parameter.enum &&
      !Object.hasOwn(values, parameter.name),
  );
  if (open.length !== 1) return;
  const [{ name }] = open as [Parameter];
  const free = literals.filter((literal) => !Object.values(values).includes(literal.text));
  if (free.length === 1) values[name] = free[0]!.text;
  else if (nameWords(name).some((word) => ABOUT_ALL.test(word))) values[name] = text.trim();
}
