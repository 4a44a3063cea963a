import { distance } from "fastest-levenshtein";
import { kept } from "./kept.ts";

/** One word of a text: as it is compared, and cut back to its stem. */
export interface Word {
  readonly text: string;
  readonly stem: string;
}

const APART: Readonly<Record<string, string>> = { ß: "ss", ł: "l", ø: "o", æ: "ae", œ: "oe", ı: "i" };

const PLAIN = /^[\n\t -~]*$/;

/** Lower case without accents, so that "añade" and "anade" are one word. Marks of other scripts than Latin, Greek and Cyrillic stay. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return text
    .normalize("NFKC")
    .toLowerCase()
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .replace(/[ßłøæœı]/g, (letter) => APART[letter]!)
    .replace(/[\u2018\u2019\u02bc]/g, "'");
}

/** An English word without its ending, roughly: enough for "crashes", "crashed" and "crashing" to be one. */
export const stem = kept((word: string): string => {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  const ended = word.endsWith("ies")
    ? word.length > 4
      ? `${word.slice(0, -3)}y`
      : word.slice(0, -1)
    : /(sh|ch|x|z|ss)es$/.test(word)
      ? word.slice(0, -2)
      : /[^su]s$/.test(word)
        ? word.slice(0, -1)
        : /[^e]ed$|ing$/.test(word)
          ? undoubled(word.replace(/(ed|ing)$/, ""), word)
          : word;
  return ended.length > 3 && ended.endsWith("e") ? ended.slice(0, -1) : ended;
});

function undoubled(short: string, word: string): string {
  if (short.length < 3 || !/[aeiouy]/.test(short)) return word;
  return /([bgmnprt])\1$/.test(short) ? short.slice(0, -1) : short;
}

/** The words of a text that has been folded. Punctuation is a word of its own, because scopes end there. */
export function wordsIn(folded: string): Word[] {
  const found = folded.match(/[\p{L}\p{N}\p{M}_]+(?:['+#.-][\p{L}\p{N}\p{M}_]+)*[+#]*|[,;:()!?–—§]/gu) ?? [];
  return found.map((text) => ({ text, stem: stem(text) }));
}

export const isPunctuation = ({ text }: Word): boolean => /^[,;:()!?–—]$/.test(text);

/** One letter wrong, missing, too many, or two in the wrong order; two of them in a long word. Short words are too close to each other. */
export function isSlip(written: string, meant: string): boolean {
  if (meant.length < 4 || Math.abs(written.length - meant.length) > 2 || written === meant) return false;
  if (isSwap(written, meant)) return true;
  if (written[0] !== meant[0]) return false;
  const far = distance(written, meant);
  if (written.length !== meant.length) return far === 1 ? meant.length >= 6 : far === 2 && meant.length >= 9;
  return far === 1 ? meant.length >= 7 : far === 2 && meant.length >= 10;
}

function isSwap(written: string, meant: string): boolean {
  if (written.length !== meant.length) return false;
  const at = [...meant].findIndex((letter, index) => letter !== written[index]);
  return (
    written[at] === meant[at + 1] && written[at + 1] === meant[at] && written.slice(at + 2) === meant.slice(at + 2)
  );
}

const COMMON = new Set(
  `a about after all also an and any are as at be been but by can could do does for from get has have he her how i if in into is it its just
  let like me my need needs new no not of on or our out please should so some that the their them then there they this to up us use want was
  we were what when where which who will with would you your`
    .split(/\s+/)
    .map(stem),
);

const MOST_OF_TOPIC = 400;

/** What a text is about: its stems without those that stand anywhere. Scripts without spaces give pairs of letters. */
export const topicOf = kept((text: string): ReadonlySet<string> => {
  const topic = new Set<string>();
  for (const { text: word, stem: root } of wordsIn(fold(text.slice(0, MOST_OF_TOPIC * 10)).replace(/_/g, " "))) {
    if (!/[\p{L}\p{N}]/u.test(word)) continue;
    if (/[\u3040-\u30ff\u3400-\u9fff]/.test(word))
      for (let i = 0; i + 1 < word.length; i++) topic.add(word.slice(i, i + 2));
    else
      for (const part of word.includes("-") ? word.split("-").map(stem) : [root])
        if (!COMMON.has(part)) topic.add(part);
    if (topic.size >= MOST_OF_TOPIC) break;
  }
  return topic;
}, 1000);

/** How much two topics have in common: 0 nothing, 1 all. */
export function likeness(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  if (left.size === 0 || right.size === 0) return 0;
  let shared = 0;
  for (const word of left) if (right.has(word)) shared++;
  return (2 * shared) / (left.size + right.size);
}

/** How many words a text has. */
export const lengthOf = (text: string): number =>
  wordsIn(text).filter(({ text: word }) => /[\p{L}\p{N}]/u.test(word)).length;
