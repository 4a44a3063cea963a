import type { RouteContext } from "../model/routing.ts";
import type { Evidence } from "./classify.ts";
import { fold, likeness, topicOf } from "./text/words.ts";

/** A correction of the same goal outweighs all words. One of a goal that is only alike says less, the less alike it is. */
const WEIGHT_OF_CORRECTION = 10;
const MIN_LIKENESS = 0.5;
/** From here on, two goals are the same. */
const SAME_GOAL = 0.9;
/** Different words are never quite the same goal. */
const DIFFERENT_WORDS = 0.98;
/** An older correction is forgotten if a newer one contradicts it and fits at most so much less. */
const NO_LESS_FITTING = 0.05;
/** Only so many are read, the newest first. */
const MAX_CORRECTIONS = 500;

/** What people said of goals like this one: the strongest correction for each label. */
export interface Corrections {
  readonly evidence: readonly Evidence[];
  /** The label that the newest correction of this same goal gives. */
  readonly ruling?: string;
}

export function correctionsFor(goal: string, { corrections }: RouteContext, labels: readonly string[]): Corrections {
  const topic = topicOf(goal);
  const strongest = new Map<string, { share: number; goal: string }>();
  let newest: { share: number; label: string } | undefined;
  for (const { goal: other, label } of corrections.slice(-MAX_CORRECTIONS).reverse()) {
    if (!labels.includes(label)) continue;
    const share = fold(other).trim() === fold(goal).trim() ? 1 : likeness(topic, topicOf(other)) * DIFFERENT_WORDS;
    const contradicted = newest !== undefined && newest.label !== label && share <= newest.share + NO_LESS_FITTING;
    if (share < MIN_LIKENESS || contradicted) continue;
    if (newest === undefined || share >= newest.share) newest = { share, label };
    if (share > (strongest.get(label)?.share ?? 0)) strongest.set(label, { share, goal: other });
  }
  const evidence = [...strongest].map(([label, { share, goal: other }]) => ({
    value: share >= SAME_GOAL ? 1 : share ** 3,
    because: `a correction says ${label} of ${share === 1 ? "this goal" : `a goal like it, ${JSON.stringify(other.slice(0, 60))}`}`,
    weights: { [label]: WEIGHT_OF_CORRECTION },
  }));
  return { evidence, ...(newest !== undefined && newest.share >= SAME_GOAL && { ruling: newest.label }) };
}
