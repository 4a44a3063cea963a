import { clausesIn } from "../text/clauses.ts";
import type { Reading } from "../text/reading.ts";
import { type FormFeature, formOf } from "./form.ts";
import { wordFeaturesIn } from "./words.ts";

/** All that the classifier knows of a goal. */
export interface Features {
  readonly form: readonly FormFeature[];
  /** The words, each with the places of its features. */
  readonly words: ReadonlyMap<string, readonly number[]>;
  /** What one feature of a word counts: less in a long goal, so that many words do not outweigh the form. */
  readonly wordValue: number;
}

/** A goal with so many features of words counts each of them once. */
const USUAL_PLACES = 100;

export function featuresOf(reading: Reading): Features {
  const clauses = clausesIn(reading.sentences);
  const words = wordFeaturesIn(reading.sentences, clauses);
  const places = [...words.values()].reduce((sum, word) => sum + word.length, 0);
  return { form: formOf(reading, clauses), words, wordValue: (USUAL_PLACES / Math.max(1, places)) ** 0.25 };
}
