import { expect, test } from "vitest";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const asked = (desk: Desk, stepId: string, answer: string) => {
  const questions = [{ id: "q1", question: "Which?" }];
  desk.ask({ action: "ask", assignment: desk.accept({ stepId })[0]!, questions });
  desk.pass(10);
  desk.ask({ action: "answer", stepId, answers: [answer] });
};
const given = (desk: Desk) => desk.state.givenAnswers.map(({ stepId, answer }) => `${stepId} ${answer}`);

test("what a person answered is told for the whole run, also after a restart of the step that asked", () => {
  const desk = new Desk([agentStep("a"), agentStep("b")], edges("a → b"));
  asked(desk, "a", "this");
  desk.ask({ action: "complete", assignment: desk.accept({ stepId: "a" })[0]! });
  desk.ask({ action: "fail", assignment: desk.accept({ stepId: "b" })[0]!, reason: "no" });
  desk.ask({ action: "restart", stepId: "a" });
  expect(given(desk)).toEqual(["a this"]);
  asked(desk, "a", "that");
  expect(given(desk)).toEqual(["a this", "a that"]);
});

test("a restored run knows what was answered when its checkpoint was made", () => {
  const desk = new Desk([agentStep("a"), agentStep("b")]);
  asked(desk, "a", "early");
  desk.pass(10);
  desk.ask({ action: "checkpoint" });
  desk.pass(10);
  asked(desk, "b", "late");
  const id = desk.state.checkpoints.at(-1)!.id;
  desk.ask({ action: "restore", checkpoint: id });
  expect(given(desk)).toEqual(["a early"]);
});
