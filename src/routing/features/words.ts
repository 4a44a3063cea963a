import { memoize } from "../../model/data/memoize.ts";
import type { Clause } from "../text/clauses.ts";
import type { Sentence } from "../text/reading.ts";
import { UNSPACED } from "../text/words.ts";

// The features of a goal's words. People write more words than any list has; they bend them, misspell them and write them in their own language.
// So each word counts as itself, as the groups of letters in it, by where it stands, and as the pair that it makes with the word before it.
// All of these features share a fixed number of places, because goals are too few to teach each of them apart.
//
// After Bojanowski et al., "Enriching Word Vectors with Subword Information" (2017); Joulin et al., "Bag of Tricks for Efficient Text
// Classification" (2016); places by hash: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009).

/** Places of the features of words. */
export const WORD_PLACES = 32_768;
/** The shipped templates have fewer: there are fewer goals for them. Several places of words fall on one of these. */
export const TEMPLATE_PLACES = 4096;
/** A caller has said what they want after so many words. */
const MAX_WORDS = 120;
const SHORTEST_GROUP = 3;
const LONGEST_GROUP = 5;
/** Marks for the goal's first word, its second word, and the first word of a later clause. */
const MARKS = ["1 ", "2 ", "3 "] as const;

/** FNV-1a over the text's UTF-16 units, mixed so that its low bits differ too. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}

const placeOf = (feature: string): number => hashOf(feature) % WORD_PLACES;

/** The places of a word, alone or after a mark: of itself, and of its groups of letters with its beginning and end marked. */
const placesOf = memoize((word: string): readonly number[] => {
  const [mark, marked] = word.includes(" ") ? [word.slice(0, 2), `^${word.slice(2)}$`] : ["", `^${word}$`];
  const groups = new Set([marked]);
  const [shortest, longest] = UNSPACED.test(word) ? [1, 3] : [SHORTEST_GROUP, LONGEST_GROUP];
  for (let size = shortest; size <= longest; size++)
    for (let from = 0; from + size <= marked.length; from++) groups.add(marked.slice(from, from + size));
  return [placeOf(`w${mark}${marked}`), ...[...groups].map((group) => placeOf(mark + group))];
}, 10_000);

/** The words of a goal, each with the places of all that it is there. A place that it has twice stands there twice. */
export function wordFeaturesIn(
  sentences: readonly Sentence[],
  clauses: readonly Clause[],
): Map<string, readonly number[]> {
  const words = clauses.flatMap((clause) => clause.words.map(({ text }) => text)).filter((word) => word !== "§");
  const features = new Map<string, number[]>();
  for (const word of words.slice(0, MAX_WORDS)) if (!features.has(word)) features.set(word, [...placesOf(word)]);
  const mark = (sign: string, word: string | undefined) => {
    if (word !== undefined) features.get(word)?.push(...placesOf(sign + word));
  };
  const all = sentences.flatMap((sentence) => sentence.words.map(({ text }) => text)).slice(0, MAX_WORDS);
  for (const pair of new Set(all.slice(1).map((word, at) => `${all[at]} ${word}`)))
    features.get(pair.slice(pair.indexOf(" ") + 1))?.push(placeOf(`& ${pair}`));
  mark(MARKS[0], words[0]);
  mark(MARKS[1], words[1]);
  for (const word of new Set(clauses.slice(1).map((clause) => clause.words[0]!.text))) mark(MARKS[2], word);
  return features;
}
