import { expect, test } from "vitest";
import { assignmentOf } from "../../src/run/assignment/assignment.ts";
import { assignmentText } from "../../src/run/assignment/assignment-text.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const known = (desk: Desk, id: string) => assignmentOf(desk.plan, desk.state, desk.plan.indexOf.get(id)!).role.known;
const steps = () => ["a", "b", "c", "d"].map((id) => agentStep(id));

test("a named worker is told its role once in a run", () => {
  const desk = new Desk(steps(), []);
  desk.accept({ stepId: "a", worker: "ann" });
  desk.accept({ stepId: "b", worker: "ann" });
  desk.accept({ stepId: "c", worker: "bob" });
  expect(["a", "b", "c"].map((id) => known(desk, id))).toEqual([false, true, false]);
});

test("a worker without a name is known by the assignments that it took one after the other", () => {
  const desk = new Desk(steps(), []);
  let token = desk.accept({ stepId: "a" })[0]!;
  for (const stepId of ["b", "c"]) {
    desk.ask({ action: "complete", assignment: token });
    const next = desk.token();
    desk.ask({ action: "accept", tokens: [next], stepId, after: token });
    expect(known(desk, stepId)).toBe(true);
    token = next;
  }
  desk.accept({ stepId: "d" });
  expect(known(desk, "d")).toBe(false);
});

test("a program that Baton starts anew for each step is told its role each time", () => {
  const desk = new Desk(steps(), []);
  for (const stepId of ["a", "b"]) {
    desk.ask({ action: "accept", tokens: [desk.token()], stepId, worker: "runner:claude", runner: true });
    expect(known(desk, stepId)).toBe(false);
  }
});

test("a worker sees an example of its delivery once; later only what a delivery must have", () => {
  const output = { type: "object", required: ["a"], properties: { a: { type: "string" }, b: { type: "string" } } };
  const like = ["x", "y"].map((id) => agentStep(id, { output: structuredClone(output) }));
  const desk = new Desk([...like, agentStep("z", { output: { type: "array" } })], []);
  for (const stepId of ["x", "y", "z"]) desk.accept({ stepId, worker: "ann" });
  const deliver = (id: string) => {
    const told = assignmentOf(desk.plan, desk.state, desk.plan.indexOf.get(id)!);
    const { text } = assignmentText(told, { size: 6_000, role: undefined, call: () => "", deliver: "now;" });
    return text.split("\n").at(-1);
  };
  expect(deliver("x")).toBe('Deliver: now; output: {"a": "text", "b"?: "text"}');
  expect(deliver("y")).toBe('Deliver as before: {"a": "text", …}');
  expect(deliver("z")).toContain("output: [any]");
});

test("a worker whose context may be another is told its role again", () => {
  const desk = new Desk(steps(), []);
  desk.accept({ stepId: "a", worker: "ann" });
  desk.pass(10);
  desk.accept({ stepId: "b", worker: "ann", forgotBefore: desk.now });
  expect(known(desk, "b")).toBe(false);
  desk.accept({ stepId: "c", worker: "ann", forgotBefore: desk.now - 1 });
  expect(known(desk, "c")).toBe(true);
  desk.pass(31 * 60_000);
  desk.accept({ stepId: "d", worker: "ann" });
  expect(known(desk, "d")).toBe(false);
});
