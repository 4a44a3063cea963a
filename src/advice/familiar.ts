import type { Reading } from "./reading.ts";
import { wordsIn } from "./words.ts";

const MOST_FAMILIAR = 60;

/**
 * The words by which a goal may be like goals that were seen: `^word` begins it, `word` stands in it, `one two` are neighbours. Scripts without
 * spaces give pairs of letters.
 */
export function familiarIn(reading: Reading): string[] {
  const found = new Set<string>();
  let words = 0;
  for (const [nth, sentence] of reading.sentences.entries()) {
    let before: string | undefined;
    for (const [at, { text, stem }] of sentence.words.entries()) {
      if (words++ >= MOST_FAMILIAR) return [...found];
      if (/[\u3040-\u30ff\u3400-\u9fff]/.test(text))
        for (let letter = 0; letter + 1 < text.length; letter++) found.add(text.slice(letter, letter + 2));
      const word = /^\d/.test(text) ? "0" : stem;
      if (nth === 0 && at === 0) found.add(`^${word}`);
      found.add(word);
      if (before !== undefined) found.add(`${before} ${word}`);
      before = word;
    }
  }
  return [...found];
}

/** How many words a text has. */
export const lengthOf = (text: string): number => wordsIn(text).filter(({ text: word }) => /[\p{L}\p{N}]/u.test(word)).length;
