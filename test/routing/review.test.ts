import { expect, test } from "vitest";
import type { RouteContext } from "../../src/model/routing.ts";
import { route } from "../../src/routing/route.ts";

const nothing: RouteContext = { plans: [], templates: [], corrections: [] };

test("a plan is for what it was asked for, and for nothing else that is done with the same thing", () => {
  const plans = [{ id: "bp_1", goal: "add a search page with filters" }];
  const planned = (goal: string) => route(goal, { ...nothing, plans }).planId;
  expect(planned("Add a search page with filters.")).toBe("bp_1");
  expect(planned("add the search page with filters")).toBe("bp_1");
  for (const goal of [
    "remove the search page with filters",
    "add tests for the search page with filters",
    "why is the search page with filters broken?",
    "rename the search page filters",
  ])
    expect(planned(goal), goal).toBeUndefined();
});

test("a list is taken whole, however long the goal is", () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, n) => `- fix the crash number ${n} in the file src/module${n}.ts`);
  const { tasks, label, decision } = route(lines(90).join("\n"), nothing);
  expect(label).toBe("multi_task");
  expect(tasks).toHaveLength(90);
  expect(tasks.at(-1)).toBe("fix the crash number 89 in the file src/module89.ts");
  expect(decision).toBe("go");
  const many = route(lines(120).join("\n"), nothing);
  expect(many.decision).toBe("ask");
  expect(many.question).toContain("It lists 120 things; at most 100");
});

test.each(["constructor", "toString", "__proto__", "hasOwnProperty"])("a template may be called %s", (name) => {
  const templates = [{ name, description: "Sends the weekly letter", parameters: [] }];
  const { confidence, alternatives, label } = route("send the weekly letter", { ...nothing, templates });
  for (const share of [confidence, ...alternatives.map((one) => one.confidence)])
    expect(share).toBeGreaterThanOrEqual(0);
  expect([label, ...alternatives.map((one) => one.label)]).toContain(name);
});
