import type { Evidence } from "./classify.ts";
import type { Reading } from "./text/reading.ts";

const MAX_REASONS = 12;

/** What moved the two best labels, the heaviest first. @param assessed what the assessment added */
export function reasonsFor(
  reading: Reading,
  labels: readonly string[],
  evidence: readonly Evidence[],
  assessed: string | undefined,
): string[] {
  // Several steps of one count say the same thing, so their weights are added up.
  const told = new Map<string, number[]>();
  for (const { because, value, weights } of evidence) {
    const sums = told.get(because) ?? labels.map(() => 0);
    for (const [at, label] of labels.entries())
      sums[at]! += value * (Object.hasOwn(weights, label) ? weights[label]! : 0);
    told.set(because, sums);
  }
  const heaviest = [...told]
    .map(([because, sums]) => ({ because, tenths: sums.map((sum) => Math.round(sum * 10) / 10) }))
    .filter(({ tenths }) => tenths.some((weight) => weight !== 0))
    .sort((one, other) => weightOf(other.tenths) - weightOf(one.tenths))
    .slice(0, MAX_REASONS)
    .map(
      ({ because, tenths }) => `${because} (${tenths.flatMap((weight, at) => moved(weight, labels[at]!)).join(", ")})`,
    );
  const cut =
    reading.length > reading.text.length
      ? [`Baton read only the first ${reading.text.length} of ${reading.length} characters`]
      : [];
  return [...(assessed === undefined ? [] : [assessed]), ...cut, ...heaviest];
}

const weightOf = (weights: readonly number[]): number => Math.max(...weights.map(Math.abs));
const moved = (weight: number, label: string): string[] =>
  weight === 0 ? [] : [`${weight > 0 ? "+" : ""}${weight} ${label}`];
