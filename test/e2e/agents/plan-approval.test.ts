import { expect, test } from "vitest";
import { baton } from "../../rig/baton.ts";
import { session } from "../../rig/session.ts";

const PLAN = {
  goal: "coupons",
  summary: "a file of coupons",
  scope: { in: ["coupons"], out: [] },
  steps: [{ id: "file", title: "A file", work: "make coupons.json", verify: ["test -s coupons.json"] }],
  confidence: 0.3,
  openQuestions: ["Which currency?"],
};

test("an unsure plan waits for the person, goes back with a no, survives a kill, and is built after a yes", async () => {
  const first = await session("2026-07-28");
  const started = await first.orchestrate({ goal: "Add coupons to the shop", workflow: "plan_then_build" });
  const { workflowId } = started;
  const { assignment } = started.assignments[0];
  const delivered = await first.handoff({ action: "complete", assignment, output: PLAN, waitSeconds: 20 });
  expect(delivered).toMatchObject({
    status: "waiting",
    runStatus: "waiting",
    questions: [{ stepId: "plan", round: 1, questions: [{ id: "build", options: ["yes", "no"] }] }],
    openQuestions: [{ question: "Which currency?", blocking: false }],
  });
  expect(delivered.text).toContain("May Baton build this plan?");
  expect(delivered.text).toContain('- "Which currency?"');
  expect(delivered.next).toContain('answers: {"build": …}');

  await first.rpc.kill();
  const { monitor, handoff, directory } = await session("2026-07-28", first.directory);
  const seen = await monitor({ workflowId, waitSeconds: 45 });
  expect(seen).toMatchObject({ ready: [], questions: [{ stepId: "plan" }] });
  const brief = await monitor({ action: "briefing" });
  expect(brief.briefing).toContain("May Baton build this plan?");

  const no = await handoff({
    action: "answer",
    workflowId,
    stepId: "plan",
    answers: { build: "no: keep them in SQLite" },
  });
  const [again] = no.assignments;
  expect(again.text).toContain("no: keep them in SQLite");
  const better = { ...PLAN, summary: "a table of coupons" };
  await handoff({ action: "complete", assignment: again.assignment, output: better });
  const yes = await baton(directory, ["handoff", "answer", workflowId, "plan", "yes"]);
  expect(yes.code).toBe(0);
  const ready = await monitor({ workflowId, waitSeconds: 45 });
  expect(ready.ready).toMatchObject([{ stepId: "build.file" }]);
  const [build] = (await handoff({ workflowId })).assignments;
  expect(build.text).toContain("a table of coupons");
  expect(build.text).toContain("SQLite");
});

test("the setting confirmPlansBelow moves the limit of steps that set none", async () => {
  const { orchestrate, handoff, execute } = await session("2025-11-25", undefined, {
    BATON_CONFIRM_PLANS_BELOW: "0.9",
  });
  const goal = "Add coupons to the shop";
  const shown = await orchestrate({ goal, workflow: "plan_then_build", mode: "explicit" });
  expect(shown.text).toContain("if the plan is less than 90% sure of itself");
  const started = await orchestrate({ goal, workflow: "plan_then_build" });
  const output = { ...PLAN, confidence: 0.8 };
  const { assignment } = started.assignments[0];
  expect(await handoff({ action: "complete", assignment, output })).toMatchObject({ status: "waiting" });
  const steps = [{ id: "plan", agent: "planner", output: "plan", confirmBelow: 0.1 }];
  const { workflowId } = await execute({ workflow: { name: "own limit", steps } });
  const [own] = (await handoff({ workflowId })).assignments;
  const done = await handoff({ action: "complete", assignment: own.assignment, output, waitSeconds: 20 });
  expect(done).toMatchObject({ status: "completed" });
});
