import { EMPTY_WORDS } from "../lexicon/empty-words.ts";
import type { Reading } from "./reading.ts";
import { isPunctuation, UNSPACED } from "./words.ts";

/** Whether a goal holds nothing at all: no word, and no name of a file or of code. */
export const isEmpty = ({ sentences, names }: Reading): boolean =>
  names.length === 0 && !sentences.some(({ words }) => words.some((word) => !isPunctuation(word)));

/** Whether a goal names nothing to work on: "do it", "make it better", or a single word. */
export function isVague(reading: Reading): boolean {
  const words = reading.sentences.flatMap((sentence) => sentence.words).filter((word) => !isPunctuation(word));
  if (words.length <= 1) return !new RegExp(`${UNSPACED.source}.{3}`, "u").test(reading.text);
  return reading.names.length === 0 && words.every(({ text }) => EMPTY_WORDS.has(text));
}
