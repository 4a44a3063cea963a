import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { accuracyOf, answersTo, calibrationError, goalsOf, HELD_OUT, TUNING } from "../rig/goals.ts";
import { measured, routingPage } from "../rig/routing-page.ts";

const halves = HELD_OUT.map((name) => ({ name, ...measured(name) }));
/** Slightly below what is reached, which must not be lost; the aim is 0.92. docs/routing.md has the figures. */
const REACHED = { "held-out": 0.875, "held-out-2": 0.885 };

test.each(halves)(
  "$name: goals are routed well, with honest confidence, and far better than by substrings",
  ({ name, answers, baseline }) => {
    expect(calibrationError(answers)).toBeLessThanOrEqual(0.1);
    expect(accuracyOf(answers)).toBeGreaterThanOrEqual(REACHED[name]);
    expect(accuracyOf(answers)).toBeGreaterThan(accuracyOf(baseline) + 0.2);
  },
);

test.each(TUNING)("%s: tuning goals are routed well", (name) => {
  const answers = answersTo(goalsOf(name));
  expect(accuracyOf(answers)).toBeGreaterThanOrEqual(0.9);
  expect(calibrationError(answers)).toBeLessThanOrEqual(0.1);
});

test("docs/routing.md is what the goals give today (npm run routing)", () => {
  expect(readFileSync("docs/routing.md", "utf8")).toBe(routingPage(halves));
});
