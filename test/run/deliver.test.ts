import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../src/model/worker.ts";
import type { JsonValue } from "../../src/model/workflow.ts";
import { schemaErrors } from "../../src/run/schema/validate-output.ts";
import { readySteps } from "../../src/run/view/view.ts";
import { missingContext } from "../../src/run/worker/handoff-contract.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const passed = { outcome: "completed" } as const;
const bad = { outcome: "failed", reason: "verification_failed", message: "it is not there", hint: "look" } as const;
const checked = { verify: [{ command: "true" }] };
const UNKNOWN = "as_0123456789zzzzzzzzzzzz";

describe("complete (a delivery)", () => {
  test("complete of a step without verify completes the step as reported and makes a checkpoint", () => {
    const desk = new Desk([agentStep("a")]);
    const [token] = desk.accept();
    const told = desk.ask({ action: "complete", assignment: token!, output: { x: 1 }, context: { note: "n" } });
    expect(told).toEqual(["step_completed a", "checkpoint_created a", "run_finished"]);
    expect(desk.step("a")).toMatchObject({ evidence: "reported", output: { x: 1 }, context: { note: "n" } });
  });

  test("complete with an output that does not fit the schema is refused with output_invalid and its place", () => {
    const output = { type: "object", required: ["files"], properties: { files: { type: "array" }, n: { minimum: 3 } } };
    const desk = new Desk([agentStep("a", { output })]);
    const [token] = desk.accept();
    const before = desk.journal.length;
    expect(desk.ask({ action: "complete", assignment: token!, output: { files: "x", n: 1 } })).toEqual({
      reason: "output_invalid",
      message:
        'the output of step "a" does not match its schema: output.files: type "string" is invalid. Expected "array"; output.n: 1 is less than 3',
    });
    expect(desk.ask({ action: "complete", assignment: token! })).toMatchObject({ reason: "output_invalid" });
    expect(desk.journal).toHaveLength(before);
    expect(desk.ask({ action: "complete", assignment: token!, output: { files: [] } })).toContain("step_completed a");
  });

  test("an output or context nested deeper than 200 levels is refused and changes nothing", () => {
    const deep = JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`);
    const desk = new Desk([agentStep("a", { output: { type: "array" } })]);
    const [assignment] = desk.accept();
    const refused = (field: string) => ({
      reason: "output_invalid",
      message: `the ${field} of step "a" is nested deeper than 200 levels`,
    });
    expect(desk.ask({ action: "complete", assignment: assignment!, output: deep })).toEqual(refused("output"));
    expect(desk.ask({ action: "fail", assignment: assignment!, reason: "no", output: deep })).toEqual(
      refused("output"),
    );
    const context = { a: deep };
    expect(desk.ask({ action: "complete", assignment: assignment!, output: [], context })).toEqual(refused("context"));
    expect(desk.step("a").status).toBe("assigned");
  });

  test("an output is checked against the outputSchema of the current performer if the step has no schema", () => {
    const performers = {
      "agent:ag": [{ kind: "agent" as const, name: "ag", outputSchema: { type: "string" } }],
    };
    const desk = new Desk([agentStep("a")], [], { performers });
    const [token] = desk.accept();
    const refused = desk.ask({ action: "complete", assignment: token!, output: 1 });
    expect(refused).toMatchObject({ reason: "output_invalid" });
    const to = { kind: "agent" as const, name: "other", outputSchema: { type: "number" } };
    desk.ask({ action: "transfer", assignment: token!, to });
    const [other] = desk.accept({ agent: "Other" });
    expect(desk.ask({ action: "complete", assignment: other!, output: "x" })).toMatchObject({
      reason: "output_invalid",
    });
    expect(desk.ask({ action: "complete", assignment: other!, output: 1 })).toContain("step_completed a");
  });

  test("a repeated complete is answered with delivery_repeated; with the same message id nothing is written", () => {
    const desk = new Desk([agentStep("a", checked), agentStep("b")]);
    const [a, b] = desk.accept({}, 2);
    desk.ask({ action: "complete", assignment: a!, output: 1 }, "same");
    expect(desk.ask({ action: "complete", assignment: a!, output: 1 }, "same")).toEqual([]);
    expect(desk.ask({ action: "complete", assignment: a!, output: 1 })).toEqual(["delivery_repeated a"]);
    const another = {
      reason: "assignment_over",
      message: expect.stringContaining("with another output; the first delivery counts"),
    };
    expect(desk.ask({ action: "complete", assignment: a!, output: 2 })).toEqual(another);
    expect(desk.ask({ action: "fail", assignment: a!, reason: "no" })).toEqual({
      reason: "assignment_over",
      message: 'the assignment of step "a" is over: the step is reported',
    });
    desk.end("a", passed);
    expect(desk.ask({ action: "complete", assignment: a!, output: 1 })).toEqual(["delivery_repeated a"]);
    for (const output of [2, null, "1", [1], { a: 1 }]) {
      expect(desk.ask({ action: "complete", assignment: a!, output })).toEqual(another);
    }
    expect(desk.step("a")).toMatchObject({ output: 1, evidence: "verified" });
    desk.ask({ action: "fail", assignment: b!, reason: "no" });
    expect(desk.ask({ action: "fail", assignment: b!, reason: "no" })).toEqual(["delivery_repeated b"]);
    expect(desk.ask({ action: "progress", assignment: b! })).toMatchObject({ reason: "assignment_over" });
    expect(desk.ask({ action: "complete", assignment: UNKNOWN })).toEqual({
      reason: "unknown_assignment",
      message: `there is no assignment "${UNKNOWN}"`,
    });
  });

  test("a repeated output may have its keys in another order; any other difference is assignment_over", () => {
    const desk = new Desk([agentStep("a")]);
    const [a] = desk.accept({}, 1);
    const output = { x: [1, { y: null }], z: "t" };
    desk.ask({ action: "complete", assignment: a!, output });
    const again = (given: JsonValue) => desk.ask({ action: "complete", assignment: a!, output: given });
    expect(again({ z: "t", x: [1, { y: null }] })).toEqual(["delivery_repeated a"]);
    for (const other of [
      { z: "t" },
      { z: "t", x: [1, { y: 0 }] },
      { z: "t", x: { 0: 1, 1: { y: null } } },
      { z: "t", w: 1 },
    ])
      expect(again(other as JsonValue)).toMatchObject({ reason: "assignment_over" });
  });

  test.each([
    ["restarted", (desk: Desk) => desk.ask({ action: "restart" })],
    ["put back", (desk: Desk) => desk.ask({ action: "restore", checkpoint: desk.state.checkpoints[0]!.id })],
  ])("complete of a step that was %s is refused with assignment_lost", (_, undo) => {
    const desk = new Desk([agentStep("a")]);
    const [token] = desk.accept();
    desk.ask({ action: "pause" });
    undo(desk);
    expect(desk.ask({ action: "complete", assignment: token! })).toEqual({
      reason: "assignment_lost",
      message: 'this assignment of step "a" is no longer valid: the step is ready',
    });
  });

  test("a step keeps the output and context of its last attempt only", () => {
    const desk = new Desk([agentStep("a", checked, { retry: { retries: 3, delay: 0 } })]);
    const [first] = desk.accept();
    desk.ask({ action: "complete", assignment: first!, output: "old", context: { said: "old" } });
    desk.end("a", bad);
    // The next attempt sees the failed output; dependents do not get its context.
    expect(desk.step("a")).toMatchObject({ output: "old", error: { message: "it is not there", hint: "look" } });
    expect(desk.step("a")).not.toHaveProperty("context");
    desk.ask({ action: "complete", assignment: first! });
    expect(desk.step("a")).not.toHaveProperty("output");
    desk.end("a", bad);
    desk.ask({ action: "fail", assignment: first!, reason: "no pen", output: "half" });
    expect(desk.step("a")).toMatchObject({ output: "half", error: { reason: "agent_failed", message: "no pen" } });
    desk.ask({ action: "complete", assignment: desk.accept()[0]!, context: { said: "new" } });
    desk.end("a", passed);
    expect(desk.step("a")).toMatchObject({ status: "completed", attempt: 4, context: { said: "new" } });
    expect(desk.step("a")).not.toHaveProperty("output");
    expect(desk.step("a")).not.toHaveProperty("error");
  });

  test("after lease expiry, before the next accept, the token can still complete, fail, release and transfer", () => {
    const ids = ["a", "b", "c", "d"];
    const desk = new Desk(ids.map((id) => agentStep(id, { leaseSeconds: 1, ...(id === "a" && checked) })));
    const [a, b, c, d] = desk.accept({}, 4);
    desk.pass(1_000);
    desk.ask({ action: "complete", assignment: a!, output: 1 });
    desk.ask({ action: "fail", assignment: b!, reason: "no" });
    desk.ask({ action: "release", assignment: c!, reason: "tired" });
    desk.ask({ action: "transfer", assignment: d!, to: { kind: "agent", name: "other" } });
    expect(desk.statuses).toEqual(["reported", "failed", "ready", "ready"]);
    expect(desk.state.steps.map(({ expiries }) => expiries)).toEqual([undefined, 1, undefined, undefined]);
    expect(readySteps(desk.plan, desk.state).map(({ agent }) => agent)).toEqual(["ag", "other"]);
  });
});

describe("fail by a worker", () => {
  test("fail offers the step again until retries are used, then to each fallback in order with new retries", () => {
    const fallback = [{ agent: "other" }, { skill: "sk" }, { command: "true" }];
    const desk = new Desk([agentStep("a", { fallback }, { retry: { retries: 1, delay: 5 } })]);
    for (const agent of ["ag", "ag", "other", "other", "sk", "sk"]) {
      expect(readySteps(desk.plan, desk.state)).toMatchObject([{ agent }]);
      desk.ask({ action: "fail", assignment: desk.accept()[0]!, reason: "no pen" });
      desk.pass(5);
    }
    expect(desk.statuses).toEqual(["running"]);
    desk.fail("a");
    desk.pass(5);
    desk.end("a", { outcome: "completed", output: "by hand", exitCode: 0 });
    expect(desk.step("a")).toMatchObject({ status: "completed", attempt: 8, output: "by hand" });
    // Evidence "reported" is only for what a worker says; Baton ran this command itself.
    expect(desk.step("a")).not.toHaveProperty("evidence");
  });

  test("fail after the lease expired gives the step only to the fallback command", () => {
    const desk = new Desk([agentStep("a", { leaseSeconds: 1, fallback: [{ command: "true" }] })]);
    const [token] = desk.accept();
    desk.pass(1_000);
    desk.ask({ action: "fail", assignment: token!, reason: "no" });
    expect(desk.statuses).toEqual(["running"]);
    expect(desk.state.offered.size).toBe(0);
    expect(desk.ask({ action: "accept", tokens: [desk.token()] })).toMatchObject({ reason: "not_ready" });
  });
});

describe("verification of a delivery", () => {
  test("verification starts before other steps, even while the run is paused", () => {
    const steps = [{ id: "c" }, { id: "d" }, agentStep("a", checked), { id: "e" }];
    const desk = new Desk(steps, [], { created: { maxParallel: 1 } });
    const [a] = desk.accept();
    desk.ask({ action: "complete", assignment: a! });
    expect(desk.statuses).toEqual(["running", "ready", "reported", "ready"]);
    desk.ask({ action: "pause" });
    desk.end("c");
    expect(desk.state.running).toEqual(new Set([2]));
    desk.end("a", passed);
    expect(desk.step("a")).toMatchObject({ status: "completed", evidence: "verified" });
    expect(desk.state.running.size).toBe(0);
  });

  test("failed verification returns the step to its worker for a full lease while retries last, then falls back", () => {
    const fallback = [{ agent: "other" }];
    const desk = new Desk([agentStep("a", { ...checked, fallback, leaseSeconds: 10 }, { retry: { retries: 1 } })]);
    const [token] = desk.accept({ worker: "ann" });
    desk.pass(9_000);
    desk.ask({ action: "progress", assignment: token!, percent: 90, task: "almost" });
    desk.ask({ action: "complete", assignment: token! });
    const lastSeen = desk.now;
    desk.pass(8_000);
    desk.end("a", bad);
    expect(desk.step("a").lease).toEqual({
      ...{ token, agent: "ag", worker: "ann", returned: true, lastSeen },
      expiresAt: desk.now + 10_000,
    });
    desk.ask({ action: "complete", assignment: token! });
    desk.end("a", bad);
    expect(desk.step("a")).toMatchObject({ status: "ready", failures: 0, fallback: 1, attempt: 2 });
    desk.ask({ action: "complete", assignment: desk.accept()[0]! });
    desk.end("a", { outcome: "failed", reason: "verification_failed", message: "no" });
    desk.ask({ action: "complete", assignment: desk.step("a").lease!.token });
    desk.end("a", bad);
    expect(desk.state.status).toBe("failed");
    expect(desk.step("a").error).toEqual({ reason: "verification_failed", message: "it is not there", hint: "look" });
  });

  test("verification is not limited by the timeout of the step", () => {
    const desk = new Desk([agentStep("a", checked, { timeout: 100 })]);
    desk.ask({ action: "complete", assignment: desk.accept()[0]! });
    desk.pass(1_000);
    expect(desk.decision.stops).toEqual([]);
    desk.end("a", passed);
    expect(desk.step("a").status).toBe("completed");
  });

  test("failed verification while the run is being cancelled does not return the step to the worker", () => {
    const desk = new Desk([agentStep("a", checked, { retry: { retries: 5 } })]);
    desk.ask({ action: "complete", assignment: desk.accept()[0]! });
    desk.askAndEnd({ action: "cancel" }, "a", bad);
    expect(desk.state.status).toBe("cancelled");
    expect(desk.statuses).toEqual(["failed"]);
  });

  test("cancel stops a running verification and cancels a delivered step that waits for verification", () => {
    const desk = new Desk([agentStep("a", checked), agentStep("b", checked)], [], { created: { maxParallel: 1 } });
    const [a, b] = desk.accept({}, 2);
    desk.ask({ action: "complete", assignment: a! });
    desk.ask({ action: "complete", assignment: b! });
    desk.ask({ action: "cancel" });
    expect(desk.decision.stops).toEqual([{ index: 0, why: "cancel" }]);
    expect(desk.statuses).toEqual(["reported", "cancelled"]);
    desk.end("a", bad, "cancel");
    expect(desk.state.status).toBe("cancelled");
    expect(desk.ask({ action: "complete", assignment: b! })).toMatchObject({ reason: "assignment_over" });
  });

  test("verification interrupted by a crash runs again; the third crash fails the step with crashed", () => {
    const desk = new Desk([agentStep("a", checked, { onCrash: "fail" })]);
    desk.ask({ action: "complete", assignment: desk.accept()[0]!, output: 1 });
    for (let n = 0; n < 4; n++) desk.takeOver({ orderly: true });
    desk.takeOver();
    desk.takeOver();
    expect(desk.state.running).toEqual(new Set([0]));
    expect(desk.step("a")).toMatchObject({ status: "reported", attempt: 1, output: 1, crashes: 2 });
    desk.takeOver();
    expect(desk.step("a")).toMatchObject({ status: "failed", error: { reason: "crashed" } });
  });
});

describe("a runner (a headless worker started by Baton)", () => {
  const runner = { runner: { name: "r" } };
  const take = { stepId: "a", runner: true, worker: "runner:r" };

  test("a runner gets the steps that name a runner; another worker gets such a step only by stepId", () => {
    const desk = new Desk([agentStep("a", runner)]);
    expect(readySteps(desk.plan, desk.state)).toEqual([]);
    expect(desk.accept()).toEqual([]);
    expect(desk.accept({ runner: true })).toHaveLength(1);
    desk.ask({ action: "release", assignment: desk.step("a").lease!.token });
    expect(desk.accept({ stepId: "a" })).toHaveLength(1);
  });

  test("a runner's step starts again under a new owner; other workers keep their steps", () => {
    const desk = new Desk([agentStep("a", runner), agentStep("b")]);
    desk.accept(take);
    const [b] = desk.accept();
    desk.takeOver();
    expect(desk.step("a")).toMatchObject({ status: "ready", crashes: 1 });
    expect(desk.step("a")).not.toHaveProperty("lease");
    expect(desk.step("b").lease?.token).toBe(b);
    desk.accept(take);
    desk.takeOver({ orderly: true });
    expect(desk.step("a")).toMatchObject({ status: "ready", crashes: 1, attempt: 2 });
  });

  test("a runner does not keep a step whose verification failed; a new runner tries again", () => {
    const desk = new Desk([agentStep("a", { ...runner, ...checked }, { retry: { retries: 1, delay: 5 } })]);
    desk.ask({ action: "complete", assignment: desk.accept(take)[0]! });
    desk.end("a", bad);
    expect(desk.step("a")).toMatchObject({ status: "waiting", failures: 1 });
    expect(desk.step("a")).not.toHaveProperty("lease");
  });
});

describe("transfer of a step", () => {
  test("transfer passes the context on, and the agent that transferred the step may not accept the step", () => {
    const desk = new Desk([agentStep("a")]);
    const to = { kind: "agent" as const, name: "next" };
    desk.ask({ action: "transfer", assignment: desk.accept()[0]!, to, context: { seen: 1 }, reason: "not mine" });
    expect(desk.step("a")).toMatchObject({
      status: "ready",
      performer: to,
      handoffs: [{ from: "ag", to: "next", attempt: 1, at: desk.now, context: { seen: 1 }, reason: "not mine" }],
    });
    expect(desk.accept({ agent: "ag" })).toEqual([]);
    desk.ask({ action: "transfer", assignment: desk.accept({ agent: "next" })[0]!, to: { kind: "agent", name: "ag" } });
    expect(desk.step("a").handoffs).toHaveLength(2);
  });

  test("a transferred step goes to the fallback when the new agent fails", () => {
    const desk = new Desk([agentStep("a", { fallback: [{ agent: "other" }] })]);
    desk.ask({ action: "transfer", assignment: desk.accept()[0]!, to: { kind: "agent", name: "next" } });
    desk.ask({ action: "fail", assignment: desk.accept()[0]!, reason: "no" });
    expect(readySteps(desk.plan, desk.state)).toMatchObject([{ agent: "other" }]);
  });

  test.each([
    [
      "planner",
      "builder",
      { task_id: 1, planId: 2, plan_summary: 3, learningsLoaded: [], requirements_summary: 4 },
      undefined,
    ],
    [
      "planner",
      "builder-python",
      { task_id: 1 },
      "a handoff from planner to builder-python also needs context.plan_id, context.plan_summary, context.learnings_loaded, context.requirements_summary",
    ],
    [
      "Builder_TypeScript",
      "Planner",
      { failureReason: "x" },
      "a handoff from Builder_TypeScript to Planner also needs context.suggestion",
    ],
    ["builder", "planner", { failure_reason: "x", suggestion: "y" }, undefined],
    [
      "builder",
      "planner",
      { failure_reason: null, suggestion: " ", failureReason: "" },
      "a handoff from builder to planner also needs context.failure_reason, context.suggestion",
    ],
    ["builder", "planner", { failure_reason: [], suggestion: 0 }, undefined],
    ["builders", "planner", {}, undefined],
    ["planner", "reviewer", {}, undefined],
  ])("missingContext of a handoff from %s to %s with %j", (from, to, context, missing) => {
    expect(missingContext(from, to, context)).toBe(missing);
  });

  test("transfer without what the handoff contract asks for is refused with handoff_incomplete", () => {
    const desk = new Desk([agentStep("a", { agent: "builder" })]);
    const [token] = desk.accept();
    const to = { kind: "agent" as const, name: "planner" };
    expect(desk.ask({ action: "transfer", assignment: token!, to })).toMatchObject({ reason: "handoff_incomplete" });
    expect(desk.step("a").status).toBe("assigned");
  });
});

describe("schemaErrors", () => {
  const schema = {
    type: "object",
    required: ["name", "list"],
    additionalProperties: false,
    properties: { name: { type: "string", minLength: 2 }, list: { type: "array", items: { enum: ["a", "b"] } } },
  };

  test.each([
    [{ name: "ab", list: ["a"] }, []],
    ["x", ['output: type "string" is invalid. Expected "object"']],
    [{ list: [] }, ['output: does not have required property "name"']],
    [
      { name: "a", list: ["a", "c"] },
      ["output.name: String is too short (1 < 2)", 'output.list.1: does not match any of ["a","b"]'],
    ],
    [{ name: "ab", list: [], more: 1 }, ['output: Property "more" does not match additional properties schema']],
  ])("schemaErrors of %j", (value, told) => {
    expect(schemaErrors(schema, value)).toEqual(told);
  });

  test("schemaErrors lists each error once, and at most eight", () => {
    const list = Array.from({ length: 100 }, () => "z");
    expect(schemaErrors(schema, { name: "ab", list })).toHaveLength(8);
    expect(schemaErrors({ allOf: [{ type: "string" }, { type: "string" }] }, 1)).toEqual([
      'output: type "number" is invalid. Expected "string"',
    ]);
  });

  const long = "a".repeat(40_000);
  const slow = { pattern: "a+b" };
  const told = (place: string) => [
    `output${place}: is 40000 characters long; the pattern a+b can be applied to 31622 at most`,
  ];
  test.each<[JsonSchema, JsonValue, string]>([
    [slow, long, ""],
    [{ allOf: [{}, slow] }, long, ""],
    [{ not: { not: slow } }, long, ""],
    [{ dependentSchemas: { a: { properties: { a: slow } } } }, { a: long }, ".a"],
    [{ items: { properties: { b: slow } } }, [{ b: "a" }, { b: long }], ".1.b"],
    [{ prefixItems: [slow] }, [long], ".0"],
    [{ additionalProperties: slow, properties: { a: {} } }, { a: long, b: long }, ".b"],
    [{ patternProperties: { "^b": slow } }, { b: long }, ".b"],
    [{ $ref: "#/$defs/~0x", $defs: { "~x": { items: { $ref: "#/$defs/s/0" } }, s: [slow] } }, [[long]].flat(), ".0"],
    [{ propertyNames: slow }, { [long]: 1 }, `.${long}`],
    [{ patternProperties: { "a+b": {} } }, { [long]: 1 }, `.${long}`],
  ])("a text too long for a pattern is an error: case %#", (schema, value, place) => {
    expect(schemaErrors(schema, value)).toEqual(told(place));
  });

  test("patterns apply only where the schema places them, and a schema may refer to itself", () => {
    const schema = {
      properties: { id: { pattern: "a+b" }, n: { pattern: 5, $ref: "#/none/at/all" }, next: { $ref: "#" } },
    };
    expect(schemaErrors({ properties: { id: slow } }, { id: "aab", text: long })).toEqual([]);
    expect(schemaErrors(schema, { id: "aab", next: { id: "b" }, n: long })[0]).toMatch(
      /cannot be applied|output.next.id/,
    );
    expect(schemaErrors({ items: { pattern: "(a|a)*$" } }, ["aaaa"])).toEqual([
      "the schema cannot be applied: its pattern (a|a)*$ repeats something that can match one text in many ways, so matching may never end",
    ]);
  });

  test("a schema that cannot be applied is reported as a fault of the schema", () => {
    expect(schemaErrors({ $ref: "#" }, 1)[0]).toMatch(/^the schema cannot be applied: /);
  });
});

test("dependents of a delivered step wait for its verification", () => {
  const desk = new Desk([agentStep("a", checked), { id: "b" }], edges("a → b"));
  desk.ask({ action: "complete", assignment: desk.accept()[0]! });
  expect(desk.statuses).toEqual(["reported", "pending"]);
  desk.end("a", passed);
  expect(desk.statuses).toEqual(["completed", "running"]);
});
