import { describe, expect, test } from "vitest";
import { NAMED_SCHEMAS } from "../../src/model/named-schemas.ts";
import type { JsonValue } from "../../src/model/workflow.ts";
import { planPartFor } from "../../src/run/assignment/plan-part.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const plan = {
  goal: "a parser",
  summary: "two steps",
  scope: { in: ["src"], out: ["docs", ""] },
  assumptions: ["UTF-8"],
  openQuestions: [
    "Tabs?",
    "",
    { question: "Which end of line?", assumed: "\\n" },
    { question: "Why?" },
    { other: 1 },
    5,
  ],
  acceptance: ["npm test"],
  decisions: ["No stream, because files are small"],
  steps: [5, { id: "b", title: "One", what: "w", acceptance: "it parses" }],
};
const planner = agentStep("plan", { output: NAMED_SCHEMAS.plan.schema });
const partIn = (desk: Desk, id: string) => planPartFor(desk.plan, desk.state, desk.plan.indexOf.get(id)!);
/** Delivered past the schema: what a plan says is others' text, whatever the schema of today demands. */
const delivered = (desk: Desk, id: string, output: JsonValue) => {
  desk.ask({ action: "complete", assignment: desk.accept({ stepId: id })[0]!, output });
};

describe("planPartFor", () => {
  test("the nearest plan before a step, across other steps", () => {
    const desk = new Desk([planner, agentStep("a"), { id: "x" }, agentStep("b")], edges("plan → a", "a → x", "x → b"));
    expect(partIn(desk, "b")).toBeUndefined();
    delivered(desk, "plan", plan);
    desk.state.steps[0]!.output ??= plan;
    desk.state.steps[0]!.status = "completed";
    const { whole, ...part } = partIn(desk, "b")!;
    expect(whole).toEqual(plan);
    expect(part).toEqual({
      ...{ step: "plan", goal: "a parser", summary: "two steps", scopeIn: ["src"], scopeOut: ["docs"] },
      assumptions: ["UTF-8", "open: Tabs?", "open: Which end of line? Assumed: \\n", "open: Why?"],
      acceptance: ["npm test"],
      decisions: ["No stream, because files are small"],
      breaking: [],
      stepAcceptance: ["it parses"],
    });
  });

  test("else the plan that the run was started with", () => {
    const given = (value: JsonValue) => new Desk([agentStep("a")], [], { parameters: { plan: value } });
    expect(partIn(given(plan), "a")).toMatchObject({ goal: "a parser", acceptance: ["npm test"] });
    expect(partIn(given(plan), "a")).not.toHaveProperty("step");
    for (const none of [{}, [], "none", { steps: [] }]) expect(partIn(given(none), "a")).toBeUndefined();
    expect(partIn(given({ steps: [{}] }), "a")).toMatchObject({ scopeIn: [], assumptions: [], acceptance: [] });
  });

  test("a delivery that is no plan is none", () => {
    const desk = new Desk([planner, agentStep("a")], edges("plan → a"));
    desk.state.steps[0]!.status = "completed";
    desk.state.steps[0]!.output = "words";
    expect(partIn(desk, "a")).toBeUndefined();
  });
});
