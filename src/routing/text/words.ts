import { memoize } from "../../model/data/memoize.ts";

/** One word of a text as it is compared, and its stem. */
export interface Word {
  readonly text: string;
  readonly stem: string;
}

/** Scripts that put no space between words. */
export const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;

const PLAIN = /^[\n\t -~]*$/;
const LATIN_LETTERS: Readonly<Record<string, string>> = { ß: "ss", ł: "l", ø: "o", æ: "ae", œ: "oe", ı: "i" };

/** Lower case without accents, so that "añade" and "anade" are one word. Marks of scripts beside Latin, Greek and Cyrillic stay. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return text
    .normalize("NFKC")
    .toLowerCase()
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .replace(/[ßłøæœı]/g, (letter) => LATIN_LETTERS[letter]!)
    .replace(/[\u2018\u2019\u02bc]/g, "'");
}

/** An English word without its ending, roughly: "crashes", "crashed" and "crashing" have one stem. */
export const stem = memoize((word: string): string => {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  const short = withoutEnding(word);
  return short.length > 3 && short.endsWith("e") ? short.slice(0, -1) : short;
});

function withoutEnding(word: string): string {
  if (word.endsWith("ies")) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
  if (/(sh|ch|x|z|ss)es$/.test(word)) return word.slice(0, -2);
  if (/[^su]s$/.test(word)) return word.slice(0, -1);
  if (!/[^e]ed$|ing$/.test(word)) return word;
  const short = word.replace(/(ed|ing)$/, "");
  if (short.length < 3 || !/[aeiouy]/.test(short)) return word;
  return /([bgmnprt])\1$/.test(short) ? short.slice(0, -1) : short;
}

/** The words of a folded text. A punctuation mark is a word of its own, because clauses end there; `§` stands for a name. */
export function wordsIn(folded: string): Word[] {
  const found = folded.match(/[\p{L}\p{N}\p{M}_]+(?:['+#.-][\p{L}\p{N}\p{M}_]+)*[+#]*|[,;:()!?–—§]/gu) ?? [];
  return found.map((text) => ({ text, stem: stem(text) }));
}

export const isPunctuation = ({ text }: Word): boolean => /^[,;:()!?–—]$/.test(text);

const COMMON = new Set(
  `a about after all also an and any are as at be been but by can could do does for from get has have he her how i if in into is it its just
  let like me my need needs new no not of on or our out please should so some that the their them then there they this to up us use want was
  we were what when where which who will with would you your`
    .split(/\s+/)
    .map(stem),
);

const MAX_TOPIC_WORDS = 400;

/** The stems that say what a text is about. Scripts without spaces give pairs of letters. */
export const topicOf = memoize((text: string): ReadonlySet<string> => {
  const topic = new Set<string>();
  for (const { text: word, stem: root } of wordsIn(fold(text.slice(0, MAX_TOPIC_WORDS * 10)).replace(/_/g, " "))) {
    if (!/[\p{L}\p{N}]/u.test(word)) continue;
    if (/[\u3040-\u30ff\u3400-\u9fff]/.test(word))
      for (let i = 0; i + 1 < word.length; i++) topic.add(word.slice(i, i + 2));
    else
      for (const part of word.includes("-") ? word.split("-").map(stem) : [root])
        if (!COMMON.has(part)) topic.add(part);
    if (topic.size >= MAX_TOPIC_WORDS) break;
  }
  return topic;
}, 1000);

/** How much two topics have in common: from 0, nothing, to 1, everything. */
export function likeness(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  if (left.size === 0 || right.size === 0) return 0;
  let shared = 0;
  for (const word of left) if (right.has(word)) shared++;
  return (2 * shared) / (left.size + right.size);
}

/** How many words a text has. */
export const lengthOf = (text: string): number =>
  wordsIn(text).filter(({ text: word }) => /[\p{L}\p{N}]/u.test(word)).length;
