import { expect, test } from "vitest";
import type { Checkpoint } from "../../src/model/run-state.ts";
import { checkpointName } from "../../src/run/view/checkpoint-name.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const { plan } = new Desk([
  agentStep("first", { output: "plan" }),
  agentStep("second", { output: "breakdown" }),
  agentStep("third", { output: "toString" }),
  { id: "deploy" },
]);
const nameOf = (about: Partial<Checkpoint>) =>
  checkpointName(plan, { id: "cp_1", trigger: "agent", ...about } as Checkpoint);

test("a checkpoint that Baton makes is called after what it was made for", () => {
  expect(nameOf({ step: "first" })).toBe("planning_complete");
  expect(nameOf({ step: "second" })).toBe("breakdown_complete");
  expect(nameOf({ step: "third" })).toBe("third_complete");
  expect(nameOf({ step: "deploy" })).toBe("deploy_complete");
  expect(nameOf({ step: "gone" })).toBe("gone_complete");
  expect(nameOf({ trigger: "risky", step: "deploy" })).toBe("before_deploy");
  expect(nameOf({ trigger: "pause" })).toBe("paused");
});

test("a given name stands, and one that nobody gave is none", () => {
  expect(nameOf({ name: "mine", step: "first" })).toBe("mine");
  expect(nameOf({ trigger: "manual" })).toBeUndefined();
  expect(nameOf({})).toBeUndefined();
  expect(nameOf({ trigger: "risky" })).toBeUndefined();
});
