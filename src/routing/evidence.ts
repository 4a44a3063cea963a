import { WORKFLOW_TYPES } from "../model/routing.ts";
import { CUES, type Idea } from "./cues.ts";
import { flowOf } from "./flow.ts";
import { spellingsIn, worthOf } from "./letters.ts";
import type { Reading } from "./reading.ts";
import { type Sighting, sightingsIn } from "./scan.ts";
import { type Trait, traitsOf } from "./structure.ts";
import { START, WEIGHTS } from "./weights.ts";

/** One thing that speaks for or against labels, and how much. */
export interface Evidence {
  readonly name: string;
  readonly value: number;
  readonly because: string;
  readonly weights: Readonly<Record<string, number>>;
}

export interface Heard {
  readonly sightings: readonly Sighting[];
  readonly traits: readonly Trait[];
  readonly evidence: readonly Evidence[];
}

/** Tags of tickets and commits, as the words that they stand for. */
const TAGS: readonly (readonly [RegExp, Idea])[] = [
  [/^(fix|bug|hotfix|bugfix|revert|typo|defect)$/, "repair"],
  [/^(feat|feature|feature request|enhancement|story)$/, "create"],
  [/^(refactor|perf)$/, "rework"],
  [/^(chore|docs|style|tests?|ci)$/, "tweak"],
  [/^epic$/, "decompose"],
];

/** What a goal's words and form say. Each idea counts once for each place, however often it is met there. */
export function evidenceIn(reading: Reading): Heard {
  const [first, ...rest] = reading.sentences.map((sentence) => sightingsIn(sentence, true));
  // Who tells a story first asks in a later sentence.
  const asking = first?.some(isAsk) ? -1 : rest.findIndex((heard) => heard.some((one) => isAsk(one) && one.at <= 3));
  const later = rest.flatMap((heard, at) =>
    at === asking ? heard : heard.map((one): Sighting => ({ ...one, place: "body" })),
  );
  const sightings = [...(first ?? []), ...later];
  const tagged = TAGS.find(([tag]) => reading.tag !== undefined && tag.test(reading.tag))?.[1];
  if (tagged) sightings.unshift({ idea: tagged, place: "lead", word: reading.tag!, at: -1 });
  const traits = [...traitsOf(reading, sightings), ...flowOf(reading)];
  const lead = sightings.find(isAsk)?.idea;
  const spread = traits.some(({ name }) => /^(list|clauses)\.more$/.test(name))
    ? 0.4
    : traits.some(({ name }) => /^(list|clauses)\.two$/.test(name))
      ? 0.7
      : 1;
  const evidence = new Map<string, Evidence>();
  for (const { idea, place, word, meant } of sightings) {
    const name = `${idea}.${place}`;
    if (
      evidence.has(name) ||
      ((name === "part.object" || name === "part.head") && (lead === "tweak" || lead === "repair"))
    )
      continue;
    const read = meant === undefined ? `"${word}"` : `"${word}", read as "${meant}",`;
    evidence.set(name, {
      name,
      value: idea === "counted" ? 1 : spread,
      because: `${read} ${CUES[idea].says}`,
      weights: weightsOf(name),
    });
  }
  for (const { name, value, says } of traits)
    evidence.set(name, { name, value, because: `the goal ${says}`, weights: weightsOf(name) });
  for (const [word, places] of spellingsIn(reading)) {
    const name = JSON.stringify(word);
    evidence.set(name, { name, value: 1, because: `${name} is a word of such goals`, weights: worthOf(places) });
  }
  return { sightings, traits, evidence: [...evidence.values()] };
}

const isAsk = ({ place }: Sighting): boolean => place === "lead";

const weightsOf = (name: string): Readonly<Record<string, number>> =>
  Object.hasOwn(WEIGHTS, name) ? (WEIGHTS[name] as Record<string, number>) : {};

/** The sum of all that speaks for each label: of the words, bounded, and of what is known besides. */
export function scoresOf(
  labels: readonly string[],
  words: readonly Evidence[],
  known: readonly Evidence[],
): Map<string, number> {
  // A template may be called like a property that every object has.
  const start = new Map(Object.entries(START));
  return summed(bounded(summed(new Map(labels.map((label) => [label, start.get(label) ?? 0])), words)), known);
}

function summed(scores: Map<string, number>, evidence: readonly Evidence[]): Map<string, number> {
  for (const { value, weights } of evidence)
    for (const [label, weight] of Object.entries(weights))
      if (scores.has(label)) scores.set(label, scores.get(label)! + value * weight);
  return scores;
}

/** How much surer words can be of one label than of another: what somebody said, or an agent that reads, outweighs them. */
const SUREST = 8;

/** Scores that stay apart as they are where they are close, and go no further apart than words can tell. */
function bounded(scores: ReadonlyMap<string, number>): Map<string, number> {
  const highest = Math.max(...scores.values());
  return new Map([...scores].map(([label, score]) => [label, -SUREST * Math.tanh((highest - score) / SUREST)]));
}

/** Scores as shares of one. A higher temperature makes them more alike. */
export function sharesOf(scores: ReadonlyMap<string, number>, temperature: number): Map<string, number> {
  const highest = Math.max(...scores.values());
  const raised = [...scores].map(([label, score]) => [label, Math.exp((score - highest) / temperature)] as const);
  const total = raised.reduce((sum, [, share]) => sum + share, 0);
  return new Map(raised.map(([label, share]) => [label, share / total]));
}

export const isWorkflowType = (label: string): label is (typeof WORKFLOW_TYPES)[number] =>
  (WORKFLOW_TYPES as readonly string[]).includes(label);
