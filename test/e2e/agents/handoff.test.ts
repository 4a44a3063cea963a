import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scratch } from "../../rig/baton.ts";
import { session, sharedSession } from "../../rig/session.ts";

const serve = sharedSession();

const one = (step: object, name = "one") => ({ workflow: { name, steps: [{ id: "a", agent: "scribe", ...step }] } });

describe.each(["2025-11-25", "2026-07-28"] as const)("plan, handoff, build, verify (%s)", (era) => {
  test("a step whose checks fail returns to its worker as attempt 2, and is completed as verified", async () => {
    const { directory, execute, monitor, handoff } = await session(era);
    const started = await execute({
      workflow: {
        name: "feature",
        steps: [
          {
            id: "plan",
            agent: "planner",
            prompt: "Plan {{parameters.goal}}",
            output: { type: "object", required: ["files"], properties: { files: { type: "array" } } },
            outputKey: "plan",
          },
          {
            id: "build",
            agent: "builder",
            input: { files: "{{plan.files}}", note: "for {{parameters.goal}}" },
            verify: ["test -f made.txt", { file: "made.txt", contains: "OAuth" }],
            retries: 2,
          },
        ],
      },
      parameters: { goal: "OAuth" },
    });
    expect(started).toMatchObject({ status: "running", ready: [{ stepId: "plan", agent: "planner" }] });
    expect(started.next).toContain('handoff {action: "accept"');
    const { workflowId } = started;

    const accepted = await handoff({ action: "accept", workflowId, worker: "w1" });
    expect(accepted.assignments).toHaveLength(1);
    const [plan] = accepted.assignments;
    expect(plan).toMatchObject({ stepId: "plan", attempt: 1, agent: "planner", worker: "w1", leftOut: [] });
    expect(plan.text).toContain("Plan OAuth");
    expect(plan.text).toMatch(/Your role, planner \(\S+planner\.md\):/);

    const wrong = await handoff({ action: "complete", assignment: plan.assignment, output: { files: "none" } });
    expect(wrong).toMatchObject({ isError: true, error: { reason: "output_invalid" } });
    expect(wrong.error.message).toContain("output.files");
    const context = {
      task_id: "t1",
      plan_id: "p1",
      plan_summary: "one file",
      learnings_loaded: [],
      requirements_summary: { scope_in: ["login"], scope_out: [] },
    };
    const planned = await handoff({
      action: "complete",
      assignment: plan.assignment,
      output: { files: ["made.txt"] },
      context,
    });
    expect(planned).toMatchObject({ status: "completed", evidence: "reported", ready: [{ stepId: "build" }] });
    // A repeated completion gets the same answer.
    const again = await handoff({ action: "complete", assignment: plan.assignment, output: { files: ["made.txt"] } });
    expect(again).toMatchObject({ isError: false, status: "completed" });

    const [build] = (await handoff({ action: "accept", workflowId, agent: "Builder", worker: "w2" })).assignments;
    expect(build.checks).toEqual(["test -f made.txt", 'file made.txt contains "OAuth"']);
    expect(build.text).toContain('    files: ["made.txt"]\n    note: for OAuth\n');
    expect(build.text).toContain(`- planner, step plan: ${JSON.stringify(context)}`);
    expect(build.text).toContain('- plan delivered (planner, reported): {"files":["made.txt"]}');
    const reported = await handoff({ action: "complete", assignment: build.assignment, output: "done" });
    expect(reported.status).toBe("reported");
    const failed = await monitor({ workflowId, waitSeconds: 20, since: reported.rev });
    expect(failed.steps[1]).toMatchObject({ status: "assigned", attempt: 2, worker: "w2" });
    expect(failed.steps[1].error).toMatchObject({ reason: "verification_failed" });
    expect(failed.steps[1].error.message).toContain("test -f made.txt");

    // The same worker may accept the step again and gets a new token, which replaces the old one.
    const [returned] = (await handoff({ action: "accept", workflowId, worker: "w2" })).assignments;
    expect(returned).toMatchObject({ stepId: "build", attempt: 2 });
    expect(returned.text).toMatch(/- Attempt 1 by builder as w2, .*: failed \(verification_failed\)\n/);
    const late = await handoff({ action: "complete", assignment: build.assignment, output: "x" });
    expect(late).toMatchObject({ isError: true, error: { reason: "assignment_lost" } });
    expect(late.error.message).toContain("held by w2");

    writeFileSync(join(directory, "made.txt"), "OAuth login\n");
    const done = await handoff({
      action: "complete",
      assignment: returned.assignment,
      output: "made",
      waitSeconds: 20,
    });
    expect(done).toMatchObject({ status: "completed", evidence: "verified" });
    const ended = await monitor({ workflowId, waitSeconds: 20 });
    expect(ended).toMatchObject({ status: "completed", success: true });
    expect(ended.steps[1]).toMatchObject({ evidence: "verified", output: "made" });
  });
});

test("handoff fail passes the step to the fallback agent, then to the fallback command", async () => {
  const { execute, handoff, monitor } = await serve();
  const { workflowId } = await execute(one({ fallback: ["other", { command: "echo made by hand" }] }));
  for (const agent of ["scribe", "other"]) {
    const [held] = (await handoff({ workflowId })).assignments;
    expect(held.agent).toBe(agent);
    await handoff({ action: "fail", assignment: held.assignment, reason: "no pen" });
  }
  const ended = await monitor({ workflowId, waitSeconds: 20 });
  expect(ended.steps[0]).toMatchObject({
    status: "completed",
    evidence: "observed",
    output: "made by hand",
    attempt: 3,
  });
});

test("handoff transfer passes a step to another agent with context and reason", async () => {
  const { execute, handoff } = await serve();
  const { workflowId } = await execute(one({ agent: "builder" }));
  const [held] = (await handoff({ workflowId })).assignments;
  const bad = await handoff({
    action: "transfer",
    assignment: held.assignment,
    to: "planner",
    context: { failed_step: 3 },
  });
  expect(bad.error.message).toContain("context.failure_reason, context.suggestion");
  const context = { failureReason: "x", failedStep: 3, suggestion: "z" };
  const passed = await handoff({
    action: "transfer",
    assignment: held.assignment,
    to: "planner",
    context,
    reason: "replan",
  });
  expect(passed).toMatchObject({ status: "ready", ready: [{ agent: "planner" }] });
  expect((await handoff({ workflowId, agent: "builder" })).isError).toBe(true);
  const [next] = (await handoff({ workflowId, agent: "planner" })).assignments;
  expect(next.text).toContain(
    '- builder, step a: {"failureReason":"x","failedStep":3,"suggestion":"z"} It was passed on because: "replan"',
  );
});

test("handoff accept by count and key, progress, release, and an expired assignment lease", async () => {
  const { execute, handoff, monitor } = await serve();
  const steps = ["a", "b", "c"].map((id) => ({ id, agent: "scribe", leaseSeconds: id === "c" ? 0.2 : 60 }));
  const { workflowId } = await execute({ workflow: { name: "three", steps } });
  const first = await handoff({ workflowId, count: 2, idempotencyKey: "k" });
  expect(first.assignments.map((held: { stepId: string }) => held.stepId)).toEqual(["a", "b"]);
  expect((await handoff({ workflowId, count: 2, idempotencyKey: "k" })).assignments).toEqual(first.assignments);
  for (const other of [
    { count: 1 },
    { count: 2, worker: "w" },
    { count: 2, stepId: "c" },
    { count: 2, agent: "scribe" },
  ]) {
    const refused = await handoff({ workflowId, idempotencyKey: "k", ...other });
    expect(refused).toMatchObject({ isError: true, error: { reason: "key_conflict" }, ready: [{ stepId: "c" }] });
    const anywhere = await handoff({ idempotencyKey: "k", ...other });
    expect(anywhere).toMatchObject({ isError: true, error: { reason: "key_conflict" }, workflowId });
  }
  expect((await monitor({ workflowId })).ready).toHaveLength(1);
  const [a, b] = first.assignments;
  const done = await execute({ workflow: { name: "one", steps: [{ id: "a", agent: "scribe" }] } });
  const ask = { workflowId: done.workflowId, idempotencyKey: "k" };
  const { assignment } = (await handoff(ask)).assignments[0];
  await handoff({ action: "complete", assignment });
  expect((await handoff(ask)).assignments).toEqual([]);
  await handoff({ action: "progress", assignment: a.assignment, percent: 40, task: "reading" });
  expect((await monitor({ workflowId })).activeSteps[0]).toMatchObject({ percent: 40, task: "reading" });
  await handoff({ action: "release", assignment: b.assignment });
  expect((await monitor({ workflowId })).ready.map((step: { stepId: string }) => step.stepId)).toEqual(["c", "b"]);
  const [c] = (await handoff({ workflowId, stepId: "c", worker: "slow" })).assignments;
  const expired = await monitor({ workflowId, waitSeconds: 20, since: (await monitor({ workflowId })).rev });
  expect(expired.steps[2].status).toBe("ready");
  // The old token is valid until another worker accepts the step.
  expect(await handoff({ action: "complete", assignment: c.assignment, output: 1 })).toMatchObject({
    status: "completed",
  });
});

test("a refusal of handoff lists the ready steps of the run and suggests similar names", async () => {
  const { execute, handoff, monitor } = await serve();
  const steps = Array.from({ length: 30 }, (_, at) => ({ id: `write-${at}`, agent: "scribe" }));
  const { workflowId } = await execute({ workflow: { name: "many", steps } });
  const [{ assignment }] = (await handoff({ workflowId })).assignments;
  for (const refused of await Promise.all([
    handoff({ workflowId, stepId: "none" }),
    handoff({ workflowId, agent: "nobody" }),
    handoff({ workflowId, count: 0 }),
    handoff({ action: "complete", assignment, stepId: "other" }),
    handoff({ action: "complete", assignment, output: "x".repeat(300_000) }),
    handoff({ action: "fail", assignment }),
    handoff({ action: "complete", assignment: `${assignment.slice(0, -1)}_` }),
    handoff({ action: "answer", workflowId, stepId: "write-0", answers: {} }),
    monitor({ workflowId, action: "resume" }),
    monitor({ workflowId, action: "logs", stepId: "none" }),
  ])) {
    expect(refused.isError).toBe(true);
    expect(refused.ready?.length, refused.text).toBe(refused.workflowId === undefined ? undefined : 20);
    if (!refused.text.includes("is not an assignment")) expect(refused.workflowId).toBe(workflowId);
  }
  const nowhere = await handoff({ stepId: "write-l", agent: "scrib" });
  expect(nowhere).toMatchObject({ isError: false, assignments: [] });
  expect(nowhere.text).toContain(
    'no run here has a step "write-l" ready for scrib. Did you mean "write-1"? Did you mean "scribe"?',
  );
  expect((await handoff({ agent: "nobody-at-all" })).text).toContain(
    "no run here has a step ready for nobody-at-all\n",
  );
});

test("a handoff fail that ends the run answers with the reason and the restart action, not with the step's log", async () => {
  const { execute, handoff, monitor } = await serve();
  const { workflowId } = await execute(one({}));
  const [{ assignment }] = (await handoff({ workflowId })).assignments;
  const failed = await handoff({ action: "fail", assignment, reason: "no pen" });
  const next = `step "a" failed (agent_failed: "no pen"); fix the cause, then monitor_workflow {workflowId: "${workflowId}", action: "restart", stepId: "a"} makes it ready again.`;
  expect(failed).toMatchObject({ runStatus: "failed", next });
  expect((await monitor({ workflowId })).next).toBe(next);
});

test("handoff refuses an unknown assignment, step, agent and action by name", async () => {
  const { execute, handoff } = await serve();
  const { workflowId } = await execute(one({}));
  expect((await handoff({ action: "complete", assignment: "as_x" })).text).toContain("is not an assignment");
  expect((await handoff({ workflowId, stepId: "b" })).error.message).toContain('has no step "b"');
  expect((await handoff({ workflowId, agent: "nobody" })).error.message).toContain('ready: "a" for scribe');
  expect((await handoff({ action: "constructor" })).text).toContain('unknown action "constructor"');
  const [held] = (await handoff({ workflowId })).assignments;
  expect((await handoff({ workflowId, stepId: "a" })).error.message).toMatch(
    /held by scribe since .* \(last seen .*\) until /,
  );
  const other = await handoff({ action: "complete", assignment: held.assignment, stepId: "z" });
  expect(other.text).toContain('this assignment belongs to stepId "a", not "z"');
  const big = await handoff({ action: "complete", assignment: held.assignment, output: "x".repeat(300_000) });
  expect(big.text).toContain("deliver the file's path");
});

test("an assignment has the schema and the text of its capability; a long input is read by the call that it names", async () => {
  const directory = scratch();
  mkdirSync(join(directory, ".claude", "agents"), { recursive: true });
  writeFileSync(
    join(directory, ".claude", "agents", "scribe.md"),
    "---\nname: scribe\ndescription: writes\ntools: Read, Write\noutputSchema:\n  type: object\n  required: [text]\n---\nWrite.\n",
  );
  const { execute, handoff, read, inputOf } = await session("2026-07-28", directory);
  const long = "y".repeat(60_000);
  const { workflowId, warnings } = await execute({
    ...one({ input: { long: "{{parameters.long}}" } }),
    parameters: { long },
  });
  expect(warnings).toBeUndefined();
  const answer = await handoff({ workflowId });
  const [held] = answer.assignments;
  expect(held.text).toContain("Your role, scribe (.claude/agents/scribe.md):\n    Write.");
  expect(JSON.parse(await read(held.assignment, "schema"))).toMatchObject({ required: ["text"] });
  expect(held.text.length).toBeLessThanOrEqual(6_000);
  expect(held.leftOut).toMatchObject([{ part: "input" }]);
  expect(await inputOf(held.assignment)).toEqual({ long });
  const large = await handoff({ assignment: held.assignment, size: 40_000 });
  expect(large.assignments).toMatchObject([{ assignment: held.assignment, attempt: 1 }]);
  expect(large.assignments[0].text.length).toBeGreaterThan(20_000);
  const wrong = await handoff({ action: "complete", assignment: held.assignment, output: {} });
  expect(wrong.error.message).toContain('"text"');
});
