import { WORKFLOW_TYPES } from "../../src/model/routing.ts";
import { TEMPLATE_PLACES, WORD_PLACES } from "../../src/routing/features/words.ts";

/** A goal as input of the fit. `labels` are the workflow types, then the templates. */
export interface Row {
  readonly author: string;
  readonly goal: string;
  readonly target: number;
  readonly labels: readonly string[];
  readonly form: readonly string[];
  readonly wordValue: number;
  /** Places of words. A place that occurs twice in the goal is listed twice. */
  readonly places: Int32Array;
  readonly matches: readonly { readonly match: string; readonly value: number; readonly label: number }[];
  /** Whether only name and description of the templates count in this row, as for a user's own template. */
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

export const TYPE_COUNT = WORKFLOW_TYPES.length;

/** The weight of a form feature relative to a word. There are few form features, and each is frequent. */
const FORM_WEIGHT = 4;
/** The strength of the regularisation, which pulls weights toward zero. */
const REGULARISATION = 2;
const TEMPLATE_REGULARISATION = Number(process.env.HT ?? 2);
const MATCH_REGULARISATION = 1;
/** More rounds overfit: results on authors outside the fit get worse. */
const ROUND_COUNT = 100;

/** Fits by regularised maximum likelihood over all labels of each goal, with Adam. */
export function fitted(rows: readonly Row[], templates: number): Fit {
  const numbered = (names: Iterable<string>) => new Map([...new Set(names)].sort().map((name, at) => [name, at]));
  const form = numbered(rows.flatMap((row) => row.form));
  const matches = numbered(rows.flatMap((row) => row.matches.map(({ match }) => match)));
  const start = new Adam(TYPE_COUNT, 0.01);
  const forms = new Adam(form.size * TYPE_COUNT, REGULARISATION);
  const words = new Adam(WORD_PLACES * TYPE_COUNT, REGULARISATION);
  const columns = new Adam(TEMPLATE_PLACES * templates, TEMPLATE_REGULARISATION);
  const matched = new Adam(matches.size, MATCH_REGULARISATION);
  const parts = [start, forms, words, columns, matched];
  const fit: Fit = {
    ...{ start: start.weights, form, formWeights: forms.weights, words: words.weights },
    ...{ templates: columns.weights, matches, matchWeights: matched.weights },
  };
  for (let round = 1; round <= ROUND_COUNT; round++) {
    for (const part of parts) part.begin();
    for (const row of rows) {
      const shares = softmax(scored(row, fit, FORM_WEIGHT));
      shares[row.target]! -= 1;
      for (let type = 0; type < TYPE_COUNT; type++) start.slope[type]! += shares[type]!;
      for (const name of row.form)
        for (let type = 0, from = form.get(name)! * TYPE_COUNT; type < TYPE_COUNT; type++)
          forms.slope[from + type]! += FORM_WEIGHT * shares[type]!;
      for (const place of row.places)
        for (let type = 0; type < TYPE_COUNT; type++)
          words.slope[place * TYPE_COUNT + type]! += row.wordValue * shares[type]!;
      if (!row.unknown)
        for (const place of row.places)
          for (let at = 0; at < templates; at++)
            columns.slope[(place % TEMPLATE_PLACES) * templates + at]! += row.wordValue * shares[TYPE_COUNT + at]!;
      for (const { match, value, label } of row.matches) matched.slope[matches.get(match)!]! += value * shares[label]!;
    }
    const late = round > ROUND_COUNT * 0.6;
    for (const part of parts) part.step(round, (late ? 0.3 : 1) * (part === start || part === matched ? 0.06 : 0.01));
  }
  return { ...fit, formWeights: fit.formWeights.map((weight) => weight * FORM_WEIGHT) };
}

/** Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), over all rows at once, with regularisation. */
class Adam {
  readonly weights: Float64Array;
  readonly slope: Float64Array;
  private readonly first: Float64Array;
  private readonly second: Float64Array;

  constructor(
    size: number,
    private readonly regularisation: number,
  ) {
    this.weights = new Float64Array(size);
    this.slope = new Float64Array(size);
    this.first = new Float64Array(size);
    this.second = new Float64Array(size);
  }

  begin(): void {
    for (let at = 0; at < this.weights.length; at++) this.slope[at] = this.regularisation * this.weights[at]!;
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

/** The score of each label for a goal. */
export function scored(row: Row, fit: Fit, formValue = 1): number[] {
  const scores = row.labels.map((_, at) => fit.start[at] ?? 0);
  const templates = row.labels.length - TYPE_COUNT;
  for (const name of row.form) {
    const from = fit.form.get(name);
    if (from === undefined) continue;
    for (let type = 0; type < TYPE_COUNT; type++)
      scores[type]! += formValue * fit.formWeights[from * TYPE_COUNT + type]!;
  }
  for (const place of row.places)
    for (let type = 0; type < TYPE_COUNT; type++)
      scores[type]! += row.wordValue * fit.words[place * TYPE_COUNT + type]!;
  if (!row.unknown)
    for (const place of row.places)
      for (let at = 0; at < templates; at++)
        scores[TYPE_COUNT + at]! += row.wordValue * fit.templates[(place % TEMPLATE_PLACES) * templates + at]!;
  for (const { match, value, label } of row.matches)
    scores[label]! += value * (fit.matchWeights[fit.matches.get(match)!] ?? 0);
  return scores;
}
