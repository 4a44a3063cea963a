import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { baton, scratch } from "../../rig/baton.ts";
import { plantRun } from "../../rig/planted.ts";
import { noGit, Repository } from "../../rig/repository.ts";
import { session } from "../../rig/session.ts";

const one = (id: string, rest: object = {}) => ({ id, agent: "builder", prompt: `Make ${id}`, ...rest });

describe.each(["2025-11-25", "2026-07-28"] as const)("a briefing without an id (%s)", (era) => {
  test("finds the question and the step in work, although the newest run is over", async () => {
    const { execute, handoff, monitor } = await session(era);
    const asking = await execute({ workflow: { name: "Asking", steps: [one("plan", { questions: 2 })] } });
    const held = await execute({
      workflow: { name: "Held", steps: [one("door", { verify: "test -f door" }), one("wall")] },
    });
    const over = await execute({ workflow: { name: "Over", steps: [{ id: "a", command: "true" }] }, waitSeconds: 20 });
    expect(over.status).toBe("completed");
    const accept = async ({ workflowId }: { workflowId: string }, stepId: string) =>
      (await handoff({ action: "accept", workflowId, stepId, worker: "ann" })).assignments[0].assignment;
    const assignment = await accept(asking, "plan");
    await handoff({ action: "ask", assignment, questions: ["Oak or pine?"] });
    const token = await accept(held, "door");
    const told = await monitor({ action: "briefing" });
    expect(told.open).toBe(2);
    expect(told.runs.map(({ workflowId }: { workflowId: string }) => workflowId)).toEqual([
      asking.workflowId,
      held.workflowId,
    ]);
    expect(told.briefing.length).toBeLessThanOrEqual(4_000);
    const lines = told.briefing.split("\n");
    const at = (line: string) => lines.findIndex((one: string) => one.startsWith(line));
    const order = [
      "Open:",
      "Waits for a person:",
      `- ${asking.workflowId} plan, builder, round 1, q1: "Oak or pine?"`,
      "In work:",
      `- ${held.workflowId} door: with ann (as builder) since `,
      "Checks of what is in work:",
      `- ${held.workflowId} door: "test -f door"`,
      "Ready for an agent:",
      `- ${held.workflowId} wall for builder`,
      "Next calls:",
    ];
    expect(order.map(at)).toEqual(order.map(at).toSorted((a, b) => a - b));
    expect(order.map(at)).not.toContain(-1);
    expect(told.briefing).toContain(`assignment ${token}`);
    expect(told.briefing).not.toMatch(/person: nothing|Over/);
    expect(told.next).toContain(`handoff {action: "answer", workflowId: "${asking.workflowId}", stepId: "plan"`);
    expect(told.questions).toMatchObject([{ stepId: "plan" }]);

    // With an id: that run alone.
    const own = await monitor({ action: "briefing", workflowId: held.workflowId });
    expect(own).toMatchObject({ workflowId: held.workflowId, status: "running", open: 1 });
    expect(own.briefing).toMatch(/^Run wf_\w+ "Held": running, 0 of 2 steps completed, rev \d+\n/);
    expect(own.briefing).not.toContain("Oak");
    const unknown = await monitor({ action: "briefing", workflowId: "wf_0000000000" });
    expect(unknown).toMatchObject({ isError: true, error: { reason: "not_found" } });
  });
});

test("a briefing tells of the last run only if nothing is open, and says so", async () => {
  const { execute, monitor, orchestrate } = await session();
  expect(await monitor({ action: "briefing" })).toMatchObject({
    open: 0,
    briefing: expect.stringMatching(/^Nothing is open here, and there has been no run yet\.\n/),
  });
  const { workflowId } = await execute({
    ...{ workflow: { name: "Over", steps: [{ id: "a", command: "echo x" }] }, waitSeconds: 20 },
  });
  const told = await monitor({ action: "briefing" });
  expect(told).toMatchObject({ open: 0, workflowId, status: "completed" });
  expect(told.briefing).toMatch(
    /^Nothing is open here\. The last run:\nRun wf_\w+ "Over": completed, 1 step completed/,
  );
  // A session that waits for a yes is open, though it has no run.
  const { sessionId } = await orchestrate({ goal: "Fix the crash in login.ts", mode: "explicit" });
  const waiting = await monitor({ action: "briefing" });
  expect(waiting.open).toBe(1);
  expect(await monitor({ action: "briefing", workflowId: sessionId })).toEqual(waiting);
  const unknown = await monitor({ action: "briefing", workflowId: "os_0000000000" });
  expect(unknown).toMatchObject({ isError: true, error: { reason: "not_found" } });
  expect(waiting.briefing).toContain(`Waits for a person:\n- session ${sessionId}, open since `);
  expect(waiting.next).toContain(`orchestrate {sessionId: "${sessionId}", confirm: true}`);
});

test("a briefing names a damaged run, and what a repository ships is told by its number alone", async () => {
  const directory = scratch();
  const own = await session("2026-07-28", directory);
  const { workflowId } = await own.execute({ workflow: { name: "Torn", steps: [one("a")] } });
  await own.rpc.kill();
  writeFileSync(join(directory, ".baton/runs", workflowId, "definition.json"), "{");
  const damaged = await baton(directory, ["brief"]);
  expect(damaged.code).toBe(0);
  expect(damaged.stdout).toContain(`- ${workflowId} is damaged: `);
  expect((await baton(directory, ["brief", "--if-open"])).stdout).toContain(workflowId);

  const shipped = scratch();
  plantRun(join(shipped, ".baton"), "wf_evevevevev", "touch ran");
  const told = await baton(shipped, ["brief"]);
  expect(told.stdout).toContain("- 1 run is not this user's");
  expect(told.stdout).not.toContain("Innocent");
  expect((await baton(shipped, ["brief", "--if-open"])).stdout).toBe("");
});

describe("the message to the user", () => {
  const output = {
    ...{ summary: "rounded", filesChanged: ["price.txt"], learnings: ["Cents."], deviations: ["no tax"] },
    assumptions: ["euros"],
  };

  test.skipIf(noGit !== undefined)("finish tells what git says changed, the same each time", async () => {
    const repository = Repository.make({
      "package.json": '{"scripts":{"test":"grep -q 2 price.txt"}}',
      "price.txt": "1\n",
    });
    const { orchestrate, handoff, monitor } = await session("2026-07-28", repository.top);
    repository.write("mine.txt", "open before\n");
    const goal = { goal: "Fix the rounding in price.txt", workflow: "build_only" };
    const started = await orchestrate({ ...goal, mode: "explicit", confirm: true });
    const [{ assignment }] = (await handoff({ action: "accept" })).assignments;
    repository.write("price.txt", "2\n3\n");
    repository.commit("Round");
    repository.write("note.txt", "later\n");
    const done = await handoff({ action: "complete", assignment, output, waitSeconds: 30 });
    expect(done).toMatchObject({ runStatus: "completed", sessionId: started.sessionId });
    expect(done).not.toHaveProperty("summary");
    expect(done.next).toBe(
      `orchestrate {action: "finish", sessionId: "${started.sessionId}"} returns the summary for the user.`,
    );
    const told = await monitor({ action: "briefing" });
    expect(told).toMatchObject({ open: 0, sessionId: started.sessionId, next: done.next });
    expect(told.briefing).toContain("Sessions without a summary:");
    expect(await monitor({ action: "briefing", workflowId: started.sessionId })).toMatchObject({
      ...{ open: 0, workflowId: started.workflowId },
    });
    const finished = await orchestrate({ action: "finish" });
    expect(finished.summary).toMatchObject({
      ...{ status: "completed", completed: 1, total: 1, evidence: { verified: 1 } },
      work: { total: 2, insertions: 3, deletions: 1, uncommitted: 1, commits: [{ subject: "Round" }] },
      ...{ assumptions: ["euros"], deviations: ["no tax"], learnings: ["Cents."] },
    });
    expect(finished.summary).not.toHaveProperty("reportedFiles");
    expect(finished.summary.hiddenRefs).toBeGreaterThan(0);
    expect(finished.text).toContain("    - price.txt +2 -1\n");
    expect(finished.text).toContain("Not committed: 1 of the 2 files.");
    repository.write("much later.txt", "x\n");
    const again = await orchestrate({ action: "finish", sessionId: started.sessionId });
    expect(again.summary).toEqual(finished.summary);
    // What it says of the hidden refs is true.
    const [command] = /git for-each-ref [^`]*/.exec(finished.text)!;
    execFileSync("sh", ["-c", command], { cwd: repository.top, env: repository.environment });
    expect(repository.git("for-each-ref", "refs/baton")).toBe("");
  });

  test("the last complete of an implicit session brings it; outside of git agents name the files", async () => {
    const { orchestrate, handoff, monitor } = await session();
    const started = await orchestrate({ goal: "Fix the rounding in price.txt", workflow: "build_only" });
    expect((await monitor({ workflowId: started.workflowId })).sessionId).toBe(started.sessionId);
    const [{ assignment }] = started.assignments;
    const done = await handoff({ action: "complete", assignment, output, waitSeconds: 30 });
    expect(done.summary).toEqual(
      expect.arrayContaining([expect.stringMatching(/^completed: .*1 reported\.$/), "- price.txt", '- "euros"']),
    );
    expect(done.next).toMatch(/^Tell the user what this summary says\./);
    const { finished, next } = await orchestrate({ sessionId: started.sessionId, action: "status" });
    expect({ finished, next }).toEqual({ finished: true, next: "Nothing to do: the session is finished." });
    expect((await orchestrate({ action: "finish" })).summary).toMatchObject({ reportedFiles: ["price.txt"] });
    expect((await monitor({ action: "briefing" })).briefing).not.toContain("Sessions without a summary");
  });
});
