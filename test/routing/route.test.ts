import { describe, expect, test } from "vitest";
import { type RouteContext, Routed } from "../../src/model/routing.ts";
import { route } from "../../src/routing/route.ts";
import { contextOf, shippedTemplates } from "../rig/goals.ts";

const templates = shippedTemplates();
const ask = (goal: string, more: Partial<RouteContext> = {}) => route(goal, contextOf(templates, more));

describe("each goal goes where a tech lead would send it", () => {
  test.each([
    ["build_only", "Fix the crash when the cart is empty"],
    ["build_only", "fix(auth): token refresh loops forever"],
    ["build_only", "Fix typo in 'Project system platform' heading"],
    ["build_only", "not a rewrite, only rename UserSystem to Users"],
    [
      "build_only",
      "TypeError: Cannot read properties of undefined (reading 'id')\n    at total (src/cart.ts:14:9)\n    at main (src/app.ts:3:1)",
    ],
    ["build_only", "Der Login-Button funktioniert nicht, bitte beheben"],
    ["build_only", "ログイン画面のエラーを修正してください"],
    ["plan_then_build", "Add a prefix option to the error reporter"],
    ["plan_then_build", "Add user authentication with OAuth"],
    ["plan_then_build", "Refactor the payment module into separate layers"],
    ["plan_then_build", "Ajouter une page de recherche avec des filtres"],
    ["multi_task", "- fix the header\n- add a logout button\n- update the README"],
    ["multi_task", "Fix the login redirect, add a CSV export and update the API docs"],
    [
      "decompose_first",
      "Build a complete e-commerce platform from scratch with catalogue, cart, payments, shipping and admin",
    ],
    [
      "decompose_first",
      "Epic: our own booking platform for hotels, with apps, payments, channel manager and reporting",
    ],
    ["new_product_launch", "launch my charger, ASIN B0DWK3C1R7"],
    ["quarterly_strategy_refresh", "Refresh our strategy for Q3 2025"],
  ])("%s: %s", (label, goal) => {
    expect(ask(goal).label).toBe(label);
  });
});

test("an answer is what its schema says, with reasons that name the words", () => {
  const routing = ask("Fix the crash on start");
  expect(Routed.parse(routing)).toEqual(routing);
  expect(routing).toMatchObject({
    template: "build-only",
    agents: ["builder"],
    parameters: { task: "Fix the crash on start" },
    decision: "go",
  });
  expect(routing.reasons.join("\n")).toMatch(/"fix" is a word of such goals \(\+[\d.]+ build_only/);
});

test.each(["", "   \n ", "...", "do it", "make it better", "fix it", "please continue", "mach es besser", "login"])(
  "%j says too little: Baton asks, without a confidence",
  (goal) => {
    const routing = ask(goal);
    expect(routing).toMatchObject({ decision: "ask", alternatives: [] });
    expect(routing.question).toBeDefined();
    expect(routing).not.toHaveProperty("confidence");
    expect(Routed.parse(routing)).toEqual(routing);
  },
);

test("asks about a goal that is too long, of which it reads the beginning", () => {
  const long = ask("Fix the thing and the other thing. ".repeat(1500));
  expect(long).toMatchObject({ decision: "ask", question: expect.stringContaining("52500 characters") });
  expect(long.reasons[0]).toBe("Baton read only the first 200 of 52500 characters");
  expect(long.tasks.length).toBeLessThanOrEqual(100);
});

test("a slip of the pen does not lead astray", () => {
  expect(ask("implment a notificaiton center").label).toBe("plan_then_build");
});

test("a template is called by its name; a goal about it is none", () => {
  expect(ask("run the code-review workflow")).toMatchObject({ label: "code-review", decision: "go" });
  expect(ask("code review please").label).toBe("code-review");
  expect(ask("fix the bug in the code-review template").label).toBe("build_only");
});

test("tasks are told one by one", () => {
  expect(ask("1. Fix the header\n2. Add a search page\n3. Update the docs").tasks).toEqual([
    "Fix the header",
    "Add a search page",
    "Update the docs",
  ]);
  expect(ask("Fix the footer; add a map; translate the mails").tasks).toHaveLength(3);
  expect(ask("do these", { tasks: ["one", "two"] })).toMatchObject({
    label: "multi_task",
    tasks: ["one", "two"],
    parameters: { tasks: ["one", "two"] },
  });
});

test("lines under a heading are tasks", () => {
  expect(ask("To do:\nfix the footer\nadd a map page\nrename the logo file").tasks).toEqual([
    "fix the footer",
    "add a map page",
    "rename the logo file",
  ]);
});

test("the likeliest of several plans is taken, in scripts without spaces too, and however long a goal is", () => {
  const plans = [
    { id: "plan_1", goal: "支払い画面を追加する" },
    { id: "plan_2", goal: "ユーザー検索の画面を追加する" },
    { id: "plan_3", goal: "" },
  ];
  expect(ask("ユーザー検索の画面を追加してください", { plans })).toMatchObject({ planId: "plan_2" });
  expect(ask(Array.from({ length: 900 }, (_, at) => `w${at}`).join(" "), { plans }).planId).toBeUndefined();
});

test("the backlog is known by titles and by number", () => {
  const backlog = ["Dark mode for settings", "Export invoices as CSV", "Rate limit the API"];
  expect(ask("work through the next two tasks of the backlog", { backlog })).toMatchObject({
    label: "multi_task",
    tasks: backlog.slice(0, 2),
  });
  expect(ask("Dark mode for settings and Rate limit the API, one by one", { backlog }).tasks).toEqual([
    backlog[0],
    backlog[2],
  ]);
  expect(ask("do everything in the backlog", { backlog }).tasks).toEqual(backlog);
});

test("an existing plan for a goal is built", () => {
  const plans = [{ id: "plan_7", goal: "Add user authentication with OAuth" }];
  expect(ask("Add user authentication with OAuth", { plans })).toMatchObject({ label: "build_only", planId: "plan_7" });
  expect(ask("build plan_7", { plans })).toMatchObject({ label: "build_only", planId: "plan_7" });
  expect(ask("Add a chart to the start page", { plans }).planId).toBeUndefined();
});

test("a correction is followed, the newest first, and only where its label still exists", () => {
  const goal = "Add a prefix option to the error reporter";
  const said = (...labels: string[]) => ask(goal, { corrections: labels.map((label) => ({ goal, label })) }).label;
  expect(said("decompose_first")).toBe("decompose_first");
  expect(said("decompose_first", "build_only")).toBe("build_only");
  expect(said("no-such-template")).toBe("plan_then_build");
  expect(ask("Add a suffix option to the error reporter", { corrections: [{ goal, label: "build_only" }] }).label).toBe(
    "build_only",
  );
});

describe("the assessment decides", () => {
  const goal = "Add a prefix option to the error reporter";
  const assessed = (workflow: string, more: Partial<RouteContext["assessment"]> = {}) => ({
    assessment: { workflow, ...more },
  });

  test("whatever the rules say, and both are kept", () => {
    expect(ask(goal, assessed("decompose_first", { confidence: 0.9, reason: "touches all services" }))).toMatchObject({
      ...{ label: "decompose_first", decision: "go", confidence: 0.9 },
      rules: { label: "plan_then_build" },
      assessed: { label: "decompose_first", differs: true },
      reasons: expect.arrayContaining([expect.stringContaining("touches all services")]),
    });
    expect(ask(goal, assessed("plan_then_build")).assessed).toMatchObject({ differs: false });
    expect(ask(goal, assessed("plan_then_build"))).not.toHaveProperty("confidence");
  });

  test("by the name of a type, of its template, or of a template", () => {
    for (const name of ["build_only", "build-only", "Build Only"])
      expect(ask(goal, assessed(name)).label).toBe("build_only");
    expect(ask(goal, assessed("code-review")).label).toBe("code-review");
  });

  test("by the first words of one label only", () => {
    expect(ask(goal, assessed("decompose")).label).toBe("decompose_first");
    expect(ask(goal, assessed("plan")).label).toBe("plan_then_build");
    expect(ask(goal, assessed("decomp")).label).not.toBe("decompose_first");
  });

  test("an assessment that names no label does not count", () => {
    const routing = ask(goal, assessed("quux"));
    expect(routing.label).toBe("plan_then_build");
    expect(routing.reasons[0]).toContain("no workflow type and no template");
    expect(routing).not.toHaveProperty("assessed");
  });

  test("Baton asks if a correction of the same goal says otherwise", () => {
    const corrections = [{ goal, label: "build_only" }];
    expect(ask(goal, { ...assessed("decompose_first", { confidence: 1 }), corrections })).toMatchObject({
      label: "decompose_first",
      decision: "choose",
      question: "Is this decompose_first or build_only?",
      alternatives: [{ label: "build_only" }],
    });
    expect(ask(goal, { ...assessed("build_only"), corrections }).decision).toBe("go");
  });

  test("Baton asks if the rules are sure of something else and the agent is not sure", () => {
    const sure = "Fix the crash on start\n\nTypeError: x is undefined\n    at a (src/a.ts:1:2)";
    expect(ask(sure).confidence).toBeGreaterThanOrEqual(0.9);
    expect(ask(sure, assessed("multi_task", { confidence: 0.5 })).decision).toBe("choose");
    expect(ask(sure, assessed("multi_task", { confidence: 0.9 })).decision).toBe("go");
    expect(ask(sure, assessed("multi_task")).decision).toBe("go");
  });

  test("its tasks are those of the run", () => {
    expect(ask("several things", assessed("multi_task", { tasks: ["a", "b"] })).tasks).toEqual(["a", "b"]);
  });
});

test("asks for a required parameter without a value; the assessment may give it", () => {
  const goal = "Run the new product launch for my charger";
  expect(ask(goal)).toMatchObject({
    label: "new_product_launch",
    decision: "ask",
    missing: [{ name: "product_asin", type: "string" }],
    question: expect.stringContaining("product_asin (The product's ASIN)"),
  });
  const assessment = { workflow: "new_product_launch", parameters: { product_asin: "B0DWK3C1R7", depth: "wrong" } };
  expect(ask(goal, { assessment })).toMatchObject({
    parameters: { product_asin: "B0DWK3C1R7" },
    missing: [],
    decision: "go",
  });
});
