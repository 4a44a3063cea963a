import { expect } from "vitest";

/** What something may cost: as much as today, and a small margin. */
export interface Limit {
  /** What is counted, with its unit. */
  readonly what: string;
  /** The count on the day when the limit was set. */
  readonly today: number;
  /** How far it may grow before a maintainer must decide: a share of `today`, at most 0.05. */
  readonly margin: number;
  /** Who pays for growth, and how to avoid it. */
  readonly advice: string;
}

/**
 * Fails the test if a count exceeds its limit, and lets it go on to the next one. `detail`: what the count consists of,
 * for the maintainer who looks for the cause.
 */
export function expectWithin({ what, today, margin, advice }: Limit, count: number, detail = ""): void {
  const limit = today * (1 + margin);
  const grown = `${what}: ${rounded(count)}, today's figure is ${today}, and the limit is ${rounded(limit)}.`;
  const message = `${grown} ${advice} If the growth is on purpose, set \`today\` of this limit to the new figure.`;
  expect.soft(count, detail ? `${message}\n${detail}\n` : message).toBeLessThanOrEqual(limit);
}

const rounded = (count: number): number => Math.round(count * 100) / 100;
