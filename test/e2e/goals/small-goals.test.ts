import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sharedSession } from "../../rig/session.ts";

const serve = sharedSession("2026-07-28", (directory) => {
  writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "shop", scripts: { test: "true" } }));
  return {};
});
const TYPO = "Fix the typo in README.md";

describe("a goal that needs no run", () => {
  test("is answered with just do it; nothing starts and nothing is recorded", async () => {
    const { orchestrate, monitor } = await serve();
    const answer = await orchestrate({ goal: TYPO });
    expect(answer).toMatchObject({ isError: false, workflow: "none", checks: ["npm test"] });
    expect(answer).not.toHaveProperty("sessionId");
    expect(answer.text).toContain("Just do it: it is one small edit. Baton started no run and records nothing.");
    expect(answer.next).toContain(
      'run npm test, and tell the user. For a run that Baton records and checks: orchestrate {goal, workflow: "build_only"}',
    );
    const assessed = await orchestrate({ goal: "What is this project about?", assessment: { workflow: "none" } });
    expect(assessed).toMatchObject({ workflow: "none", reason: "your assessment says that it needs no workflow" });
    expect((await orchestrate({ action: "list" })).sessions).toEqual([]);
    expect((await monitor({ action: "list" })).runs).toEqual([]);
    expect(await orchestrate({ action: "route", goal: TYPO })).toMatchObject({
      label: "build_only",
      note: "orchestrate {goal} starts nothing: it is one small edit.",
    });
  });

  test("becomes a run if the caller asks for one, and is planned in explicit mode", async () => {
    const { orchestrate } = await serve();
    for (const asks of [{ workflow: "build_only" }, { confirm: true }, { assessment: { workflow: "build_only" } }])
      expect(await orchestrate({ goal: TYPO, ...asks, take: false })).toMatchObject({ state: "EXECUTING" });
    const explicit = await orchestrate({ goal: TYPO, mode: "explicit", assessment: { workflow: "none" } });
    expect(explicit).toMatchObject({ state: "PLANNING", routing: { label: "build_only", complexity: "low" } });
    expect(await orchestrate({ goal: " ", assessment: { workflow: "none" } })).toMatchObject({ state: "IDLE" });
  });
});

describe("several tasks together", () => {
  const tasks = ["rename a.txt to b.txt", "add a footer", "drop the old logo"];

  test("three small chores take two calls", async () => {
    const { orchestrate, handoff } = await serve();
    const started = await orchestrate({ goal: "Three chores", tasks, together: true });
    const { assignment, text } = started.assignments[0];
    for (const task of tasks) expect(text).toContain(task);
    expect(started.text).toContain(started.sessionId);
    expect(started.text).toContain(started.workflowId);
    const output = {
      summary: "all three",
      filesChanged: [],
      tasks: tasks.map((task) => ({ task, done: true, summary: "done" })),
    };
    const half = await handoff({ action: "complete", assignment, output: { summary: "all", filesChanged: [] } });
    expect(half).toMatchObject({ isError: true, error: { reason: "output_invalid" } });
    const done = await handoff({ action: "complete", assignment, output, waitSeconds: 40 });
    expect(done).toMatchObject({ status: "completed", runStatus: "completed" });
  });

  test("a session that waits keeps the wish; another workflow refuses it", async () => {
    const { orchestrate } = await serve();
    const shown = await orchestrate({ goal: "Chores again", tasks, together: true, mode: "explicit" });
    expect(shown.preview.steps).toMatchObject([expect.stringContaining("builder does all 3 tasks in one assignment")]);
    const begun = await orchestrate({ sessionId: shown.sessionId, confirm: true });
    expect(begun.ready).toMatchObject([{ stepId: "tasks" }]);
    const later = await orchestrate({ goal: "Chores once more", tasks, mode: "explicit" });
    const now = await orchestrate({ sessionId: later.sessionId, together: true, confirm: true });
    expect(now.ready).toMatchObject([{ stepId: "tasks" }]);
    const refused = await orchestrate({ goal: "Fix the crash on start", together: true });
    expect(refused).toMatchObject({ isError: true });
    expect(refused.text).toContain("is for several tasks, and this goal becomes build_only");
  });
});

test("decompose_first says that it ends with a list, and at its end that each task is a goal", async () => {
  const { orchestrate, handoff } = await serve();
  const begun = await orchestrate({ goal: "Build a complete ERP platform from scratch", workflow: "decompose_first" });
  expect(begun.note).toContain("decompose_first ends with a list of tasks and builds nothing");
  expect(begun.text).toContain("ends with a list of tasks and builds nothing");
  const { sessionId, workflowId } = begun;
  const tasks = [{ id: "ledger", title: "A ledger", acceptance: "it adds up" }];
  const breakdown = { goal: "g", summary: "s", epics: [{ title: "Money", features: [{ title: "Books", tasks }] }] };
  const deliver = (assignment: string, output: object) =>
    handoff({ action: "complete", assignment, output, waitSeconds: 20 });
  await deliver(begun.assignments[0].assignment, breakdown);
  const [review] = (await handoff({ workflowId })).assignments;
  await deliver(review.assignment, { verdict: "approved", summary: "complete", findings: [] });
  const finished = await orchestrate({ action: "finish", sessionId });
  expect(finished.state).toBe("COMPLETED");
  expect(finished.next).toContain('orchestrate {goal: "…"} builds the one that the user wants first');
});
