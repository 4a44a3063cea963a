import fc from "fast-check";
import { expect, test } from "vitest";
import { Routed, WORKFLOW_TYPES } from "../../src/model/routing.ts";
import { route } from "../../src/routing/route.ts";
import { MAX_GOAL_CHARACTERS, readGoal } from "../../src/routing/text/reading.ts";
import { contextOf, goalsOf, shippedTemplates } from "../rig/goals.ts";
import { runs } from "../rig/rules/runs.ts";

const templates = shippedTemplates();
const tuning = goalsOf("tuning/first").map(({ goal }) => goal);
const goals = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.constantFrom(...tuning),
  fc
    .array(fc.constantFrom(...tuning, "\n- ", "1) ", "`", '"', ", and ", "；", "§"), { maxLength: 6 })
    .map((parts) => parts.join("")),
);

test("any goal has an answer that keeps its promises, and always the same", () => {
  fc.assert(
    fc.property(goals, (goal) => {
      const routing = route(goal, contextOf(templates));
      expect(Routed.parse(routing)).toEqual(routing);
      expect(routing.decision === "go").toBe(routing.question === undefined);
      const best = routing.confidence ?? 1;
      expect(routing.alternatives.every(({ confidence }) => confidence <= best)).toBe(true);
      expect(route(goal, contextOf(templates))).toEqual(routing);
    }),
    { numRuns: runs(150) },
  );
});

test("a correction moves its goal towards its label", () => {
  const sure = (routing: Routed, label: string) =>
    [{ label: routing.label, confidence: routing.confidence }, ...routing.alternatives].find(
      (one) => one.label === label,
    )?.confidence ?? 0;
  const labels = fc.constantFrom(...WORKFLOW_TYPES);
  fc.assert(
    fc.property(fc.constantFrom(...tuning), labels, fc.array(labels, { maxLength: 3 }), (goal, label, earlier) => {
      const before = earlier.map((one) => ({ goal, label: one }));
      const without = route(goal, contextOf([], { corrections: before }));
      const corrected = route(goal, contextOf([], { corrections: [...before, { goal, label }] }));
      expect(sure(corrected, label)).toBeGreaterThanOrEqual(sure(without, label) - 1e-12);
    }),
    { numRuns: runs(100) },
  );
});

test("however long a goal is, so much of it is looked at", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...tuning, "a ", "- x\n", "`", '"', "1) ", "at a.b(c:1)\n", "あ", "(", "A-"),
      (piece) => {
        const reading = readGoal(piece.repeat(Math.ceil(50_000 / piece.length)));
        expect(reading.text.length).toBeLessThanOrEqual(MAX_GOAL_CHARACTERS);
        expect(reading.words).toBeLessThanOrEqual(350);
      },
    ),
    { numRuns: runs(40) },
  );
});
