import type { Parameter } from "../model/workflow.ts";
import { type Find, likely, sure, type Text } from "./finding.ts";
import { meaningOf } from "./glossary.ts";
import { kept } from "./kept.ts";
import { NO_NAMES, nameWords } from "./names.ts";
import { escaped, isTelling, shapeOf } from "./patterns.ts";
import { isAddress, isDate, isIdentifier, isMail, isPath } from "./recognise.ts";
import { fold, stem, type Word, wordsIn } from "./words.ts";

/** Values that may be any text: told by the parameter's pattern, by its name beside them, or by what its description says they are. */
export function freeText(text: Text, parameter: Parameter): Find | undefined {
  return isTelling(parameter.pattern)
    ? matched(text, parameter)
    : (beside(text, parameter) ?? described(text, parameter));
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

/** Each word is looked at once for every parameter. */
const wordsOf = kept((token: string): readonly Word[] => wordsIn(fold(token)));

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
      /^\s?$/.test(text.slice(previous.at + previous.text.length, token.at))
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
    /(?:mostly|especially|mainly|particularly|focus(?:ing|sed|ed)?\s+(?:on|is)|focus:|with an eye on|attention to|vor allem|besonders|schwerpunkt|surtout|notamment|sobre todo|especialmente|principalmente|soprattutto|vooral|zwlaszcza|zwłaszcza|szczególnie|особенно|прежде всего|özellikle)\s+(?:auf\s+|die\s+|the\s+|at\s+|on\s+|for\s+|la\s+|le\s+|les\s+|los\s+|na\s+)*([^.,;!?\n]{2,80})/iu.exec(
      text,
    );
  return match ? likely(match[1]!.trim()) : undefined;
}
