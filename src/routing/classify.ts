import { WORKFLOW_TYPES } from "../model/routing.ts";
import { featuresOf } from "./features/index.ts";
import { TEMPLATE_PLACES } from "./features/words.ts";
import { FORM_WEIGHTS, START } from "./fitted/form-weights.ts";
import { TEMPLATE_WEIGHTS, TEMPLATES } from "./fitted/template-weights.ts";
import { WORD_WEIGHTS } from "./fitted/word-weights.ts";
import type { Reading } from "./text/reading.ts";

// The classifier: a linear model over the words and the form of a goal. `bench/fit-routing.ts` fits its tables on labelled goals.

/** One thing that speaks for or against labels. A weight of 1 multiplies the odds of its label by e. */
export interface Evidence {
  readonly value: number;
  readonly because: string;
  readonly weights: Readonly<Record<string, number>>;
}

/** How many units of a byte make a weight of 1. */
export const UNIT = 100;

const decoded = (text: string): Int8Array => Int8Array.from(Buffer.from(text, "base64"));
let tables: { readonly words: Int8Array; readonly templates: Int8Array } | undefined;
/** Most starts of the program route nothing, so the first goal decodes the tables. */
const tablesOf = () => {
  tables ??= { words: decoded(WORD_WEIGHTS), templates: decoded(TEMPLATE_WEIGHTS) };
  return tables;
};

/** What the words and the form of a goal say of the workflow types, and of the shipped templates. */
export function evidenceIn(reading: Reading): Evidence[] {
  const { form, words, wordValue } = featuresOf(reading);
  const { words: ofTypes, templates: ofTemplates } = tablesOf();
  const told = form.map(({ name, says }): Evidence => {
    const weights = Object.hasOwn(FORM_WEIGHTS, name) ? FORM_WEIGHTS[name]! : [];
    return { value: 1, because: `the goal ${says}`, weights: labelled(WORKFLOW_TYPES, (at) => weights[at] ?? 0) };
  });
  const spoken = [...words].map(([word, places]): Evidence => {
    const types = labelled(WORKFLOW_TYPES, (type) => sum(ofTypes, places, WORKFLOW_TYPES.length, type));
    const inTemplates = places.map((place) => place % TEMPLATE_PLACES);
    const templates = labelled(TEMPLATES, (at) => sum(ofTemplates, inTemplates, TEMPLATES.length, at));
    return { value: wordValue, because: `"${word}" is a word of such goals`, weights: { ...types, ...templates } };
  });
  return [...told, ...spoken];
}

function sum(table: Int8Array, places: readonly number[], width: number, column: number): number {
  let total = 0;
  for (const place of places) total += table[place * width + column]!;
  return total / UNIT;
}

const labelled = (labels: readonly string[], weightOf: (at: number) => number): Record<string, number> =>
  Object.fromEntries(labels.map((label, at) => [label, weightOf(at)]));

/** The sum of all that speaks for each label: of the words, bounded, and then of what is known besides the words. */
export function scoresOf(
  labels: readonly string[],
  words: readonly Evidence[],
  known: readonly Evidence[],
): Map<string, number> {
  // A template may be called like a property that every object has, so a map holds the scores.
  const start = new Map(WORKFLOW_TYPES.map((type, at): [string, number] => [type, START[at]!]));
  return added(bounded(added(new Map(labels.map((label) => [label, start.get(label) ?? 0])), words)), known);
}

function added(scores: Map<string, number>, evidence: readonly Evidence[]): Map<string, number> {
  for (const { value, weights } of evidence)
    for (const [label, weight] of Object.entries(weights))
      if (scores.has(label)) scores.set(label, scores.get(label)! + value * weight);
  return scores;
}

/** Words can be so much surer of one label than of another. A recorded correction outweighs them. */
const MAX_DISTANCE = 8;

/** Keeps scores apart as they are where they are close, and never further apart than the maximum. */
function bounded(scores: ReadonlyMap<string, number>): Map<string, number> {
  const highest = Math.max(...scores.values());
  return new Map(
    [...scores].map(([label, score]) => [label, -MAX_DISTANCE * Math.tanh((highest - score) / MAX_DISTANCE)]),
  );
}

/** Scores as shares of one: how often each label is right of goals like this one. */
export function sharesOf(scores: ReadonlyMap<string, number>): Map<string, number> {
  const highest = Math.max(...scores.values());
  const raised = [...scores].map(([label, score]) => [label, Math.exp(score - highest)] as const);
  const total = raised.reduce((all, [, share]) => all + share, 0);
  return new Map(raised.map(([label, share]) => [label, share / total]));
}
