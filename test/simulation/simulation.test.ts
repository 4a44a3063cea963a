import { expect, test } from "vitest";
import { runs } from "../rig/rules/runs.ts";
import { describeFailure, simulate } from "./simulate.ts";

/**
 * Seeds that once broke an invariant, with what they found.
 * A seed means what its scenario was when it was found: a change of `scenarioOf` gives it another one.
 */
const FOUND: readonly (readonly [seed: number, what: string])[] = [
  [64, "a paused run that was being restored had no owner, and nobody took it over"],
];

const SEEDS = 500;
const SEEDS_PER_TEST = 100;

async function holds(seed: number): Promise<void> {
  const failure = await simulate(seed);
  expect(failure && describeFailure(failure)).toBeUndefined();
}

test.each(FOUND)("seed %d holds every invariant: %s", holds);

test.each(Array.from({ length: SEEDS / SEEDS_PER_TEST }, (_, index) => 1 + index * SEEDS_PER_TEST))(
  "engines and supervisors over one store hold every invariant: seeds from %d",
  async (from) => {
    const count = Math.min(SEEDS_PER_TEST, runs(SEEDS_PER_TEST));
    for (let seed = from; seed < from + count; seed++) await holds(seed);
  },
);
