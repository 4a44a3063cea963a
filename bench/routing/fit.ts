import { WORKFLOW_TYPES } from "../../src/model/routing.ts";
import { TEMPLATE_PLACES, WORD_PLACES } from "../../src/routing/features/words.ts";

/** A goal as the fit sees it. `labels` are the workflow types, and then the templates. */
export interface Row {
  readonly author: string;
  readonly goal: string;
  readonly target: number;
  readonly labels: readonly string[];
  readonly form: readonly string[];
  readonly wordValue: number;
  /** Places of words; a place that the goal has twice stands there twice. */
  readonly places: Int32Array;
  readonly matches: readonly { readonly match: string; readonly value: number; readonly label: number }[];
  /** The templates of this row are met by name and description alone, as a user's own template is. */
  readonly unknown: boolean;
}

export interface Fit {
  readonly start: Float64Array;
  readonly form: ReadonlyMap<string, number>;
  readonly formWeights: Float64Array;
  readonly words: Float64Array;
  readonly templates: Float64Array;
  readonly matches: ReadonlyMap<string, number>;
  readonly matchWeights: Float64Array;
}

export const TYPES = WORKFLOW_TYPES.length;

/** A feature of form counts so much against one of a word: there are few of them, and each is met often. */
const FORM_VALUE = 4;
/** How strongly weights are held back toward zero. */
const HELD = 2;
const HELD_TEMPLATES = Number(process.env.HT ?? 2);
const HELD_MATCHES = 1;
/** More rounds learn the goals by heart and lose on authors that the fit did not see. */
const ROUNDS = 100;

/** Regularised maximum likelihood over all labels of each goal, by Adam. */
export function fitted(rows: readonly Row[], templates: number): Fit {
  const numbered = (names: Iterable<string>) => new Map([...new Set(names)].sort().map((name, at) => [name, at]));
  const form = numbered(rows.flatMap((row) => row.form));
  const matches = numbered(rows.flatMap((row) => row.matches.map(({ match }) => match)));
  const start = new Adam(TYPES, 0.01);
  const forms = new Adam(form.size * TYPES, HELD);
  const words = new Adam(WORD_PLACES * TYPES, HELD);
  const columns = new Adam(TEMPLATE_PLACES * templates, HELD_TEMPLATES);
  const matched = new Adam(matches.size, HELD_MATCHES);
  const parts = [start, forms, words, columns, matched];
  const fit: Fit = {
    ...{ start: start.weights, form, formWeights: forms.weights, words: words.weights },
    ...{ templates: columns.weights, matches, matchWeights: matched.weights },
  };
  for (let round = 1; round <= ROUNDS; round++) {
    for (const part of parts) part.begin();
    for (const row of rows) {
      const shares = softmax(scored(row, fit, FORM_VALUE));
      shares[row.target]! -= 1;
      for (let type = 0; type < TYPES; type++) start.slope[type]! += shares[type]!;
      for (const name of row.form)
        for (let type = 0, from = form.get(name)! * TYPES; type < TYPES; type++)
          forms.slope[from + type]! += FORM_VALUE * shares[type]!;
      for (const place of row.places)
        for (let type = 0; type < TYPES; type++) words.slope[place * TYPES + type]! += row.wordValue * shares[type]!;
      if (!row.unknown)
        for (const place of row.places)
          for (let at = 0; at < templates; at++)
            columns.slope[(place % TEMPLATE_PLACES) * templates + at]! += row.wordValue * shares[TYPES + at]!;
      for (const { match, value, label } of row.matches) matched.slope[matches.get(match)!]! += value * shares[label]!;
    }
    const late = round > ROUNDS * 0.6;
    for (const part of parts) part.step(round, (late ? 0.3 : 1) * (part === start || part === matched ? 0.06 : 0.01));
  }
  return { ...fit, formWeights: fit.formWeights.map((weight) => weight * FORM_VALUE) };
}

/** Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), over all rows at once, held back toward zero. */
class Adam {
  readonly weights: Float64Array;
  readonly slope: Float64Array;
  private readonly first: Float64Array;
  private readonly second: Float64Array;

  constructor(
    size: number,
    private readonly held: number,
  ) {
    this.weights = new Float64Array(size);
    this.slope = new Float64Array(size);
    this.first = new Float64Array(size);
    this.second = new Float64Array(size);
  }

  begin(): void {
    for (let at = 0; at < this.weights.length; at++) this.slope[at] = this.held * this.weights[at]!;
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
export function scored(row: Row, fit: Fit, formValue = 1): number[] {
  const scores = row.labels.map((_, at) => fit.start[at] ?? 0);
  const templates = row.labels.length - TYPES;
  for (const name of row.form) {
    const from = fit.form.get(name);
    if (from === undefined) continue;
    for (let type = 0; type < TYPES; type++) scores[type]! += formValue * fit.formWeights[from * TYPES + type]!;
  }
  for (const place of row.places)
    for (let type = 0; type < TYPES; type++) scores[type]! += row.wordValue * fit.words[place * TYPES + type]!;
  if (!row.unknown)
    for (const place of row.places)
      for (let at = 0; at < templates; at++)
        scores[TYPES + at]! += row.wordValue * fit.templates[(place % TEMPLATE_PLACES) * templates + at]!;
  for (const { match, value, label } of row.matches)
    scores[label]! += value * (fit.matchWeights[fit.matches.get(match)!] ?? 0);
  return scores;
}
