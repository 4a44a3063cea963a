import { expect, test } from "vitest";
import { waitsForPerson } from "../../src/run/view/waits-for-person.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const asking = (...others: ConstructorParameters<typeof Desk>[0]) => {
  const desk = new Desk([agentStep("a"), ...others]);
  desk.ask({
    action: "ask",
    assignment: desk.accept({ stepId: "a" })[0]!,
    questions: [{ id: "q1", question: "Which?" }],
  });
  return desk;
};

test("a run waits for a person if a question is open and nothing runs, is held or is ready", () => {
  const desk = asking();
  expect(waitsForPerson(desk.state)).toBe(true);
  desk.ask({ action: "answer", stepId: "a", answers: ["this"] });
  expect(waitsForPerson(desk.state)).toBe(false);
});

test("a run with a ready, a held or a running step does not wait", () => {
  const ready = asking(agentStep("b"));
  expect(waitsForPerson(ready.state)).toBe(false);
  ready.accept({ stepId: "b" });
  expect(waitsForPerson(ready.state)).toBe(false);
  expect(waitsForPerson(asking({ id: "x" }).state)).toBe(false);
});

test("a paused or ended run does not wait", () => {
  for (const action of ["pause", "cancel"] as const) {
    const desk = asking();
    desk.ask({ action });
    expect(waitsForPerson(desk.state)).toBe(false);
  }
});
