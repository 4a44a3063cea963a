import { expect, test } from "vitest";
import { runs } from "../rig/rules/runs.ts";
import { FOUND } from "./found.ts";
import { describeFailure, failureOf, simulate } from "./simulate.ts";

const SEEDS = 500;
const SEEDS_PER_TEST = 100;

test.each(Object.entries(FOUND))("a scenario that broke an invariant once: %s", async (_, scenario) => {
  const failure = await failureOf(scenario);
  expect(failure && describeFailure(failure)).toBeUndefined();
});

test.each(Array.from({ length: SEEDS / SEEDS_PER_TEST }, (_, index) => 1 + index * SEEDS_PER_TEST))(
  "engines and supervisors over one store hold every invariant: seeds from %d",
  async (from) => {
    const count = Math.min(SEEDS_PER_TEST, runs(SEEDS_PER_TEST));
    for (let seed = from; seed < from + count; seed++) {
      const failure = await simulate(seed);
      expect(failure && describeFailure(failure)).toBeUndefined();
    }
  },
);
