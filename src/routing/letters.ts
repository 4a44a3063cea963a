import { WORKFLOW_TYPES, type WorkflowType } from "../model/routing.ts";
import { clausesIn } from "./clauses.ts";
import { kept, once } from "./kept.ts";
import { LETTERS } from "./letter-weights.ts";
import type { Reading } from "./reading.ts";

// What words look like. Cues know some two thousand words; people write others, bend them, misspell them, and write them in their own
// language. So each word also counts as the groups of letters that it is made of ("rundungsfehler" has what "fehler" has), by where
// it stands, and as the pair that it makes with the word before it. What speaks for what is learned from the labelled goals. All share
// 16,384 places, since there are many more of them than goals could teach.
//
// After Bojanowski et al., "Enriching Word Vectors with Subword Information" (2017); Joulin et al., "Bag of Tricks for Efficient Text Classification"
// (2016); places shared by hash: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009).

/** Twice as many were no better on authors that were not fitted on. */
export const PLACES = 16_384;
/** A weight of 1 as it is kept, in a byte. */
export const UNIT = 100;
/** What is wanted is said by then. */
const MOST_WORDS = 120;
const SHORTEST = 3;
const LONGEST = 5;
const UNSPACED = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;
/** Marks of words that stand at a beginning, which count there once more: of the goal, second in it, of a later clause. */
const AT = ["1 ", "2 ", "3 "] as const;

/** The places of a word: of itself, and of its groups of letters with its beginning and end marked. */
const placesOf = kept((word: string): readonly number[] => {
  const [mark, marked] = / /.test(word) ? [word.slice(0, 2), `^${word.slice(2)}$`] : ["", `^${word}$`];
  const places = new Set([placeOf(mark + marked)]);
  const [shortest, longest] = UNSPACED.test(word) ? [1, 3] : [SHORTEST, LONGEST];
  for (let size = shortest; size <= longest; size++)
    for (let from = 0; from + size <= marked.length; from++)
      places.add(placeOf(mark + marked.slice(from, from + size)));
  return [...places];
}, 10_000);

/** FNV-1a over the text's UTF-16 units. */
function placeOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % PLACES;
}

/** The words of a goal, each with all places that it has there; those that it has twice, twice. */
export function spellingsIn(reading: Reading): Map<string, readonly number[]> {
  const clauses = clausesIn(reading);
  const words = clauses.flatMap((clause) => clause.words.map(({ text }) => text)).filter((word) => word !== "§");
  const spellings = new Map<string, number[]>();
  for (const word of words.slice(0, MOST_WORDS)) if (!spellings.has(word)) spellings.set(word, [...placesOf(word)]);
  const begin = (mark: string, word: string | undefined) => {
    if (word !== undefined) spellings.get(word)?.push(...placesOf(mark + word));
  };
  const all = reading.sentences.flatMap((sentence) => sentence.words.map(({ text }) => text)).slice(0, MOST_WORDS);
  for (const pair of new Set(all.slice(1).map((word, at) => `${all[at]} ${word}`)))
    spellings.get(pair.slice(pair.indexOf(" ") + 1))?.push(placeOf(`& ${pair}`));
  begin(AT[0], words[0]);
  begin(AT[1], words[1]);
  for (const word of new Set(clauses.slice(1).map((clause) => clause.words[0]!.text))) begin(AT[2], word);
  return spellings;
}

const table = once(() => {
  const bytes = Buffer.from(LETTERS, "base64");
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
});

/** What places are worth together. */
export function worthOf(places: readonly number[]): Readonly<Record<WorkflowType, number>> {
  const sums = WORKFLOW_TYPES.map((_, type) =>
    places.reduce((sum, place) => sum + table()[place * WORKFLOW_TYPES.length + type]!, 0),
  );
  return Object.fromEntries(WORKFLOW_TYPES.map((type, at) => [type, sums[at]! / UNIT])) as Record<WorkflowType, number>;
}
