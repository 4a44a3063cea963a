import { expect, test } from "vitest";
import { route } from "../../src/routing/route.ts";
import { contextOf, shippedTemplates } from "../rig/goals.ts";

const templates = shippedTemplates();
const read = (goal: string, workflow: string) => {
  const { label, parameters } = route(goal, contextOf(templates, { assessment: { workflow, confidence: 1 } }));
  return { label, parameters };
};

test.each([
  ["microservices deploy: auth, basket, billing → production", ["auth", "basket", "billing"], "production"],
  [
    "roll out ledger, cards and gateway to production in that order, all back if one fails",
    ["ledger", "cards", "gateway"],
    "production",
  ],
  ["run the microservices deploy of kitchen and waiter to staging", ["kitchen", "waiter"], "staging"],
])("a row of names is a list: %s", (goal, services, environment) => {
  expect(read(goal, "microservices-deploy")).toEqual({
    label: "microservices-deploy",
    parameters: { services, environment },
  });
});

test.each([
  ["Do a code review of this branch versus upstream/next", { base: "upstream/next" }],
  ["code review of the branch compared with main, focus on thread safety", { base: "main", focus: "thread safety" }],
  ["Review my changes against release/4.2, mostly for SQL injection", { base: "release/4.2", focus: "SQL injection" }],
  ["please do a code review, base v2.4.0, focus on security", { base: "v2.4.0", focus: "security" }],
  ["Führe den Code-Review-Workflow gegen den Branch integration aus", { base: "integration" }],
])("what is compared with, and what is looked at: %s", (goal, parameters) => {
  expect(read(goal, "code-review")).toEqual({ label: "code-review", parameters });
});

test("the one name in a goal is whose it is; of two, none", () => {
  expect(
    read("run crisis_response for winter-appeal, donations fell off a cliff", "crisis_response").parameters,
  ).toEqual({
    account: "winter-appeal",
  });
  expect(
    read("crisis_response please: winter-appeal or summer-appeal, I forgot", "crisis_response").parameters,
  ).toEqual({});
});

test("a command is what it is called after it", () => {
  const goal = "Start the etl pipeline with `./pull.sh` as extract and `./push.sh` as load";
  expect(read(goal, "etl-pipeline").parameters).toEqual({ extract: "./pull.sh", load: "./push.sh" });
});

test("what is written as a list is one", () => {
  const goal = "ci-cd-pipeline repository=https://example.org/api.git testSuites=unit,integration";
  expect(read(goal, "ci-cd-pipeline").parameters).toMatchObject({ testSuites: ["unit", "integration"] });
});
