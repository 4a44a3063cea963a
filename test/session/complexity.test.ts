import fc from "fast-check";
import { expect, test } from "vitest";
import { COMPLEXITIES, WORKFLOW_TYPES } from "../../src/model/routing.ts";
import { route } from "../../src/routing/route.ts";
import { complexityOf } from "../../src/session/complexity.ts";

/** As Baton judges a goal: with what its words alone say that it is. */
function judged(goal: string): string {
  const { rules } = route(goal, { plans: [], templates: [], corrections: [] });
  return complexityOf(goal, { label: rules?.label }).complexity;
}
const pointsOf = (goal: string) => complexityOf(goal, {}).points;

test("complexity goes by scope, files and unknowns", () => {
  expect(judged("Fix typo in the README")).toBe("low");
  expect(judged("Add a filter to the order list")).toBe("medium");
  expect(judged("Migrate everything from REST to GraphQL across all services")).toBe("high");
  expect(judged("Build a complete ERP platform from scratch")).toBe("very_high");
  expect(complexityOf("Clean up", { tasks: 2 }).complexity).toBe("medium");
  expect(complexityOf("Clean up", { tasks: 6, label: "multi_task" }).complexity).toBe("high");
});

test("a fix can be complex, and a plan's goal need not be", () => {
  const fix = "Find out why the import sometimes fails and fix it, in reader.ts, parser.ts, writer.ts and queue.ts";
  expect(complexityOf(fix, { label: "build_only" }).complexity).toBe("high");
  expect(complexityOf("Show the date", { label: "plan_then_build" }).complexity).toBe("medium");
});

test("each sign counts by itself", () => {
  expect(pointsOf("Fix the date")).toEqual({ scope: 0, files: 0, unknowns: 0 });
  expect(pointsOf("Rewrite the date code everywhere")).toMatchObject({ scope: 2 });
  expect(pointsOf("Fix a.ts, b.ts and c.ts")).toMatchObject({ files: 1 });
  expect(pointsOf("Investigate the flaky upload")).toMatchObject({ unknowns: 2 });
  expect(pointsOf("Fix this\nTypeError: x is undefined\n    at main (a.js:1:2)")).toMatchObject({ unknowns: 1 });
  expect(pointsOf("Build a shop")).toMatchObject({ scope: 1 });
  expect(pointsOf(`Fix the date. ${"It is wrong on this page. ".repeat(40)}`)).toMatchObject({ scope: 2 });
});

test("what the calling model says of it counts", () => {
  for (const complexity of COMPLEXITIES)
    expect(complexityOf("Fix typo in the README", {}, { workflow: "build_only", complexity }).complexity).toBe(
      complexity,
    );
});

test("more tasks, and a label of larger work, never make any goal less complex", () => {
  const rank = (one: string) => COMPLEXITIES.indexOf(one as never);
  const tasks = fc.nat({ max: 30 });
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 500 }), tasks, tasks, (goal, one, other) => {
      const [few, many] = [Math.min(one, other), Math.max(one, other)];
      expect(rank(complexityOf(goal, { tasks: few }).complexity)).toBeLessThanOrEqual(
        rank(complexityOf(goal, { tasks: many }).complexity),
      );
      const [small, ...rest] = WORKFLOW_TYPES.map((label) => rank(complexityOf(goal, { label }).complexity));
      for (const larger of rest) expect(larger).toBeGreaterThanOrEqual(small!);
    }),
  );
});
