import { expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import { fold } from "../../src/run/fold.ts";
import { wouldRun } from "../../src/run/view/would-run.ts";
import { beginning, created, planOf } from "../rig/rules/workflow.ts";

test("wouldRun lists the steps that are not settled, with their commands, up to a limit", () => {
  const agent = { id: "w", type: "agent", config: { agent: "x" } };
  const long = { id: "c", config: { command: "y".repeat(600) } };
  const plan = planOf([
    { id: "a", config: { command: "rm -rf x" } },
    { id: "b", config: { command: "echo {{p}}" } },
    agent,
    long,
  ]);
  const state = beginning(plan);
  const at = created().at;
  fold(plan, state, { at, epoch: 1, type: "step_started", step: "a", attempt: 1 } as JournalEvent);
  fold(plan, state, { at, epoch: 1, type: "step_completed", step: "a", attempt: 1 } as JournalEvent);
  expect(wouldRun(plan, state, 10)).toEqual([
    { stepId: "b", type: "command", command: "echo {{p}}" },
    { stepId: "w", type: "agent" },
    { stepId: "c", type: "command", command: "y".repeat(500) },
  ]);
  expect(wouldRun(plan, state, 1)).toHaveLength(1);
});
