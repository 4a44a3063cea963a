import { PLACES } from "../../src/routing/letters.ts";
import { WORKFLOW_TYPES } from "../../src/model/routing.ts";
import { EXPECTED, TEMPLATE_PRIOR } from "./expected.ts";

/** A goal as the fit sees it. */
export interface Row {
  readonly author: string;
  readonly goal: string;
  readonly target: number;
  readonly labels: readonly string[];
  readonly terms: readonly Term[];
  /** The places of its words' letters, one that is met twice twice. */
  readonly places: Int32Array;
}
export interface Term {
  readonly name: string;
  readonly value: number;
  /** The template that it speaks of; if absent it speaks of all workflow types. */
  readonly label?: number;
}
export interface Fit {
  /** Where a term's weights begin. */
  readonly at: ReadonlyMap<string, number>;
  readonly weights: Float64Array;
  /** Of each place, for each workflow type. */
  readonly letters: Float64Array;
}

export const TYPES = WORKFLOW_TYPES.length;
export const PLACED = /^([a-z]+)\.(?:lead|head|object|plain|title|body)$/;

/** How strongly weights are held back: little where a trait is rare and plain, more for single words, of which there are many. */
const HELD = { start: 0.01, any: 2, place: 4, form: 1, template: 1 };
const HELD_LETTERS = 2;
/** More of them learn the goals by heart: 300 are 1% worse on authors that were not seen. */
const ROUNDS = 100;

const heldOf = (name: string): number => {
  if (name === "start") return HELD.start;
  if (name.startsWith("template.")) return HELD.template;
  if (name.endsWith(".any")) return HELD.any;
  return PLACED.test(name) ? HELD.place : HELD.form;
};

/** Regularised maximum likelihood over all labels of each goal, by Adam. */
export function fitted(rows: readonly Row[]): Fit {
  const at = new Map<string, number>();
  const held: number[] = [];
  const prior: number[] = [];
  const compiled = rows.map((row) => ({
    ...row,
    terms: row.terms.map(({ name, value, label }) => {
      if (!at.has(name)) {
        at.set(name, held.length);
        for (let type = 0; type < (label === undefined ? TYPES : 1); type++) {
          held.push(heldOf(name));
          prior.push(TEMPLATE_PRIOR[name] ?? EXPECTED[name]?.[type] ?? 0);
        }
      }
      return { from: at.get(name)!, value, label };
    }),
  }));
  const words = new Adam(Float64Array.from(prior), Float64Array.from(held), Float64Array.from(prior));
  const none = new Float64Array(PLACES * TYPES);
  const letters = new Adam(
    none.slice(),
    none.map(() => HELD_LETTERS),
    none,
  );
  for (let round = 1; round <= ROUNDS; round++) {
    words.begin();
    letters.begin();
    for (const row of compiled) {
      const scores = row.labels.map(() => 0);
      for (const { from, value, label } of row.terms)
        if (label !== undefined) scores[label]! += value * words.weights[from]!;
        else for (let type = 0; type < TYPES; type++) scores[type]! += value * words.weights[from + type]!;
      for (const place of row.places)
        for (let type = 0; type < TYPES; type++) scores[type]! += letters.weights[place * TYPES + type]!;
      const shares = softmax(scores);
      shares[row.target]! -= 1;
      for (const { from, value, label } of row.terms)
        if (label !== undefined) words.slope[from]! += value * shares[label]!;
        else for (let type = 0; type < TYPES; type++) words.slope[from + type]! += value * shares[type]!;
      for (const place of row.places)
        for (let type = 0; type < TYPES; type++) letters.slope[place * TYPES + type]! += shares[type]!;
    }
    const late = round > ROUNDS * 0.6;
    words.step(round, late ? 0.02 : 0.08);
    letters.step(round, late ? 0.003 : 0.01);
  }
  const tenths = words.weights.map((weight) => Math.round(weight * 10) / 10);
  return { at, weights: tenths, letters: letters.weights };
}

/** Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), over all rows at once, held back toward a prior. */
class Adam {
  readonly slope: Float64Array;
  private readonly first: Float64Array;
  private readonly second: Float64Array;

  constructor(
    readonly weights: Float64Array,
    private readonly held: Float64Array,
    private readonly prior: Float64Array,
  ) {
    this.slope = new Float64Array(weights.length);
    this.first = new Float64Array(weights.length);
    this.second = new Float64Array(weights.length);
  }

  begin(): void {
    for (let at = 0; at < this.weights.length; at++)
      this.slope[at] = this.held[at]! * (this.weights[at]! - this.prior[at]!);
  }

  step(round: number, pace: number): void {
    const [early, later] = [1 - 0.9 ** round, 1 - 0.99 ** round];
    for (let at = 0; at < this.weights.length; at++) {
      this.first[at] = 0.9 * this.first[at]! + 0.1 * this.slope[at]!;
      this.second[at] = 0.99 * this.second[at]! + 0.01 * this.slope[at]! ** 2;
      this.weights[at]! -= (pace * (this.first[at]! / early)) / (Math.sqrt(this.second[at]! / later) + 1e-6);
    }
  }
}

export function softmax(all: readonly number[]): number[] {
  const top = Math.max(...all);
  const raised = all.map((one) => Math.exp(one - top));
  const total = raised.reduce((sum, one) => sum + one, 0);
  return raised.map((one) => one / total);
}

/** What a fit says of a goal, label by label. */
export function scored(row: Row, { at, weights, letters }: Fit): number[] {
  const scores = row.labels.map(() => 0);
  for (const { name, value, label } of row.terms) {
    const from = at.get(name);
    if (from === undefined) continue;
    if (label !== undefined) scores[label]! += value * weights[from]!;
    else for (let type = 0; type < TYPES; type++) scores[type]! += value * weights[from + type]!;
  }
  for (const place of row.places)
    for (let type = 0; type < TYPES; type++) scores[type]! += letters[place * TYPES + type]!;
  return scores;
}
