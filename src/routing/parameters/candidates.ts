import type { JsonValue, Parameter } from "../../model/workflow.ts";
import { parameterError } from "../../workflow/schema/parameters.ts";
import { fold, wordsIn } from "../text/words.ts";
import { isTelling, nameShape } from "./names.ts";

/** A goal as parameters are read from it. */
export interface Source {
  /** The whole text. */
  readonly text: string;
  /** What stands in quotation marks or as code. */
  readonly literals: readonly string[];
  /** The words outside of these, as they were written, without the punctuation around them. */
  readonly tokens: readonly string[];
}

/** What stands literally in a text: in one kind of quotation marks, or as code. */
export const LITERAL =
  "`[^`\\n]{1,400}`|\"[^\"\\n]{1,400}\"|“[^”\\n]{1,400}”|„[^“”\\n]{1,400}[“”]|«[^»\\n]{1,400}»|「[^」\\n]{1,400}」|(?<=^|[\\s(:=])'[^'\\n]{1,400}'(?=$|[\\s.,;:)!?])";
const MAX_TOKENS = 300;
const MAX_TOKEN_CHARACTERS = 200;

export function sourceOf(text: string): Source {
  const literal = new RegExp(LITERAL, "gu");
  const tokens = [...text.replace(literal, " ; ").matchAll(/https?:\/\/[^\s<>]+|[^\s\u3000-\u9fff\uac00-\ud7af=]+/gu)]
    .map(([word]) => word.replace(/^[('[{<]+/, "").replace(/[)\]}>,;:!?.'，。、]+$/u, ""))
    .filter((word) => word !== "" && word.length <= MAX_TOKEN_CHARACTERS);
  return {
    text,
    literals: (text.match(literal) ?? []).map((quote) => quote.slice(1, -1).trim()),
    tokens: tokens.slice(0, MAX_TOKENS),
  };
}

const isAddress = (text: string): boolean =>
  /^(?:https?|git|ssh|s3|ftp|file):\/\/\S+$|^git@\S+:\S+$|^www\.\S+\.\S+$/i.test(text);
const isPath = (text: string): boolean =>
  /^(?:\.{0,2}\/|~\/|[A-Za-z]:\\)\S+$|^[\w.-]+(?:\/[\w.-]+)+\/?$|^[\w-]+\.[A-Za-z]{1,5}$/.test(text) &&
  !isAddress(text);

const OF_ADDRESSES = /\b(?:url|address|link|website|repository|repo|uri|endpoint)\b/;
const OF_PATHS = /\b(?:path|file|folder|directory)\b/;
export const isCommand = ({ description }: Parameter): boolean => /\bcommand\b/i.test(description ?? "");

/** Values in a goal that a parameter can take without its name beside them, each once. Only one that has no rival is taken. */
export function candidatesFor(source: Source, parameter: Parameter): readonly JsonValue[] {
  if (parameter.enum) return chosenIn(source, parameter);
  if (parameter.type === "number" || parameter.type === "integer") return numbersIn(source, parameter);
  if (parameter.type !== "string" || isCommand(parameter)) return [];
  const said = fold(`${parameter.name.replace(/[_-]/g, " ")} ${parameter.description ?? ""}`);
  const all = [...source.literals, ...source.tokens];
  const fits = (is: (text: string) => boolean) =>
    [...new Set(all.filter(is))].filter((text) => parameterError(parameter, text) === undefined);
  if (isTelling(parameter.pattern)) return fits((text) => text.length <= MAX_TOKEN_CHARACTERS);
  const [addresses, paths] = [OF_ADDRESSES.test(said), OF_PATHS.test(said)];
  if (addresses || paths) return fits((text) => (addresses && isAddress(text)) || (paths && isPath(text)));
  return parameter.required
    ? [...new Set(source.literals)].filter((text) => parameterError(parameter, text) === undefined)
    : [];
}

const DENIES =
  /^(?:not|no|never|without|skip|except|but|instead|than|nicht|kein|keine|ohne|ausser|pas|sans|sauf|sin|no|sem|nao|senza|non|niet|zonder|nie|bez|не|без)$/;

/** The allowed texts that the goal names as whole words. None if the goal denies one, or names several where one is wanted. */
function chosenIn({ tokens }: Source, { enum: allowed = [], type }: Parameter): readonly JsonValue[] {
  const words = wordsIn(fold(tokens.filter((token) => !isAddress(token) && !isPath(token)).join(" ")))
    .flatMap(({ text }) => text.split(/[_-]/))
    .filter((text) => /[\p{L}\p{N}]/u.test(text));
  const said: JsonValue[] = [];
  for (const value of allowed) {
    const parts = typeof value === "string" ? fold(value).split(/[\s_-]+/) : [];
    for (let at = 0; parts.length > 0 && at + parts.length <= words.length; at++) {
      if (!parts.every((part, next) => words[at + next] === part)) continue;
      if (words.slice(Math.max(0, at - 3), at).some((word) => DENIES.test(word))) return [];
      if (!said.includes(value)) said.push(value);
    }
  }
  return type === "array" ? (said.length > 0 ? [said as JsonValue] : []) : said;
}

const NUMBER = "-?\\d+(?:\\.\\d+)?%?(?![\\w.,]*\\d|[\\p{L}])";

/** Numbers beside the parameter's name: "retries 5", "minimum score of 80%", "5 retries". */
function numbersIn({ text }: Source, parameter: Parameter): readonly number[] {
  const name = nameShape(parameter.name);
  const beside = new RegExp(
    `(?<![\\p{L}\\p{N}])${name}(?:\\s+(?:of|is|to|at|at least))?\\s+(${NUMBER})|(?<![\\w.,-])(${NUMBER})\\s+${name}(?![\\p{L}\\p{N}])`,
    "giu",
  );
  const numbers = [...text.matchAll(beside)].map(([, after, before]) => numberFrom((after ?? before)!, parameter));
  return [...new Set(numbers)].filter(
    (value): value is number => value !== undefined && parameterError(parameter, value) === undefined,
  );
}

/** A number as text gives it. A percentage is a share where the default is one, and is not read elsewhere. */
export function numberFrom(text: string, { default: usual }: Parameter): number | undefined {
  const [, digits, percent] = /^(-?\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  if (percent === "") return Number(digits);
  return typeof usual === "number" && usual > 0 && usual <= 1 ? Number(digits) / 100 : undefined;
}
