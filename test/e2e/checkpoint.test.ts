import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../rig/baton.ts";
import { type Session, sharedSession } from "../rig/session.ts";

const serve = sharedSession();

const chain = (ids: readonly string[], rest: object = {}) => ({
  name: "chain",
  steps: ids.map((id) => ({ id, agent: "scribe", ...rest })),
  dependencies: ids.slice(1).map((to, at) => ({ from: ids[at], to })),
});

/** A git work tree with one commit, which adds a.txt. */
function repository() {
  const directory = scratch();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
      cwd: directory,
      encoding: "utf8",
    });
  git("init", "-q", "-b", "main");
  writeFileSync(join(directory, "a.txt"), "one\n");
  git("add", "a.txt");
  git("commit", "-qm", "one");
  return { directory, git };
}

async function perform({ handoff }: Session, workflowId: string, output: unknown): Promise<void> {
  const { assignments } = await handoff({ workflowId });
  await handoff({ action: "complete", assignment: assignments[0].assignment, output });
}

test("each agent step makes a checkpoint; restore revokes assignments, pauses and keeps later checkpoints", async () => {
  const here = await serve();
  const { execute, monitor, handoff, checkpoint } = here;
  const { workflowId } = await execute({ workflow: chain(["a", "b", "c"]) });
  await perform(here, workflowId, "first");
  await perform(here, workflowId, "second");
  const [held] = (await handoff({ workflowId, worker: "w" })).assignments;
  const { checkpoints } = await checkpoint({ workflowId });
  expect(checkpoints).toMatchObject([
    { trigger: "agent", stepId: "b" },
    { trigger: "agent", stepId: "a" },
  ]);
  const [afterB, afterA] = checkpoints.map((one: { checkpointId: string }) => one.checkpointId);

  const preview = await checkpoint({ action: "restore", checkpointId: afterA, dryRun: true });
  expect(preview.restoring.state).toMatchObject({
    steps: [
      { stepId: "b", now: "completed", was: "ready" },
      { stepId: "c", now: "assigned", was: "pending" },
    ],
    revokedAssignments: [{ stepId: "c", assignment: held.assignment, worker: "w" }],
  });
  expect((await monitor({ workflowId })).steps[1].status).toBe("completed");

  const restored = await checkpoint({ action: "restore", checkpointId: afterA });
  expect(restored).toMatchObject({ workflowId, status: "paused", ready: [] });
  expect(restored.steps.map((step: { status: string }) => step.status)).toEqual(["completed", "ready", "pending"]);
  const late = await handoff({ action: "complete", assignment: held.assignment, output: 1 });
  expect(late).toMatchObject({ isError: true, error: { reason: "assignment_lost" } });
  expect((await handoff({ workflowId })).error.message).toContain("Resume it first");

  // A restore of an earlier checkpoint keeps the later ones.
  const forward = await checkpoint({ action: "restore", checkpointId: afterB });
  expect(forward.steps[1]).toMatchObject({ status: "completed", output: "second" });

  await monitor({ workflowId, action: "resume" });
  await perform(here, workflowId, "third");
  expect(await monitor({ workflowId })).toMatchObject({ status: "completed" });
  // A restore is also possible after the run has ended.
  expect(await checkpoint({ action: "restore", checkpointId: afterA })).toMatchObject({ status: "paused" });
  await monitor({ workflowId, action: "resume" });
  const again = (await handoff({ workflowId })).assignments[0];
  expect(again).toMatchObject({ stepId: "b", attempt: 2 });
});

test("checkpoint restore kills running steps first", async () => {
  const { execute, monitor, checkpoint } = await serve();
  const { workflowId } = await execute({ workflow: { name: "long", steps: [{ id: "a", command: "sleep 600" }] } });
  const { checkpoint: made } = await checkpoint({ action: "create", workflowId, name: "before" });
  const preview = await checkpoint({ action: "show", checkpointId: made.checkpointId });
  expect(preview.restoring.state).toMatchObject({
    steps: [{ stepId: "a", now: "running", was: "ready" }],
    killedSteps: ["a"],
  });
  expect(made).toMatchObject({ name: "before", trigger: "manual" });
  const restored = await checkpoint({ action: "restore", checkpointId: made.checkpointId });
  expect(restored).toMatchObject({ status: "paused", steps: [{ status: "ready" }] });
  expect((await monitor({ workflowId })).activeSteps).toEqual([]);
});

test("checkpoint fork copies completed steps and offers the rest; delete removes the checkpoint", async () => {
  const here = await serve();
  const { execute, monitor, handoff, checkpoint } = here;
  const { workflowId } = await execute({ workflow: chain(["a", "b"]) });
  await perform(here, workflowId, { text: "first" });
  await handoff({ workflowId });
  const { checkpoints } = await checkpoint({ workflowId });
  const fork = await checkpoint({ action: "fork", checkpointId: checkpoints[0].checkpointId });
  expect(fork.workflowId).not.toBe(workflowId);
  expect(fork).toMatchObject({ status: "running", ready: [{ stepId: "b" }], forkedFrom: workflowId });
  expect(fork.steps[0]).toMatchObject({ status: "completed", evidence: "reported", output: { text: "first" } });
  expect((await monitor({ workflowId })).steps[1].status).toBe("assigned");
  const deleted = await checkpoint({ action: "delete", checkpointId: checkpoints[0].checkpointId });
  expect(deleted.text).toMatch(/^The checkpoint cp_\w+ of wf_\w+ is deleted\.\n/);
  expect(await checkpoint({ workflowId })).toMatchObject({ checkpoints: [], total: 0 });
  const gone = await checkpoint({ action: "restore", checkpointId: checkpoints[0].checkpointId });
  expect(gone).toMatchObject({ isError: true, error: { reason: "unknown_checkpoint" } });
});

test("in a git work tree a checkpoint has the code; restore reports conflicts and saves the replaced files", async () => {
  const { directory, git } = repository();
  writeFileSync(join(directory, "a.txt"), "two\n");
  writeFileSync(join(directory, "new.txt"), "new\n");
  const here = await serve();
  const { execute, monitor, checkpoint } = here;
  const { workflowId } = await execute({ workflow: chain(["a", "b"]), cwd: directory });
  const status = git("status", "--porcelain");
  await perform(here, workflowId, 1);
  const { checkpoints } = await checkpoint({ workflowId });
  const { checkpointId } = checkpoints[0];
  const shown = await checkpoint({ action: "show", checkpointId });
  expect(git("status", "--porcelain")).toBe(status);
  expect(shown.checkpoint.code).toMatchObject({ branch: "main", dirty: true, files: 2 });

  writeFileSync(join(directory, "a.txt"), "three\n");
  const preview = await checkpoint({ action: "restore", checkpointId, scope: "both", dryRun: true });
  expect(preview.restoring.code).toMatchObject({
    changes: [{ path: "a.txt", change: "write" }],
    conflicts: [{ path: "a.txt", why: "modified" }],
  });
  const refused = await checkpoint({ action: "restore", checkpointId, scope: "both" });
  expect(refused).toMatchObject({ isError: true, error: { reason: "would_overwrite" } });
  expect(refused.text).toContain("a.txt (modified)");
  expect((await monitor({ workflowId })).status).toBe("running");

  const restored = await checkpoint({ action: "restore", checkpointId, scope: "both", force: true });
  expect(restored).toMatchObject({ status: "paused" });
  expect(readFileSync(join(directory, "a.txt"), "utf8")).toBe("two\n");
  expect(git("show", `${restored.before.ref}:a.txt`)).toBe("three\n");
});

test("every checkpoint has its code: of simultaneous steps, of the last step, and after the run ended", async () => {
  const { directory } = repository();
  const { execute, monitor, handoff, checkpoint } = await serve();
  const steps = ["a", "b", "c"].map((id) => ({ id, agent: "scribe" }));
  const { workflowId } = await execute({ workflow: { name: "swarm", steps }, cwd: directory });
  const { assignments } = await handoff({ workflowId, count: 3 });
  await Promise.all(
    assignments.map(({ assignment }: { assignment: string }) => handoff({ action: "complete", assignment, output: 1 })),
  );
  const ended = await monitor({ workflowId, waitSeconds: 20 });
  expect(ended.status).toBe("completed");
  const made = await checkpoint({ action: "create", workflowId });
  expect(made.checkpoint.code).toMatchObject({ branch: "main", dirty: false });
  const { checkpoints } = await checkpoint({ workflowId });
  expect(checkpoints).toHaveLength(4);
  for (const { code } of checkpoints) expect(code).toMatchObject({ branch: "main" });

  const risky = { name: "risky", steps: [{ id: "a", agent: "scribe", risky: true }] };
  const other = (await execute({ workflow: risky, cwd: directory })).workflowId;
  expect((await handoff({ workflowId: other })).assignments).toHaveLength(1);
  // The checkpoint of a risky step exists before the step is assigned.
  const [before] = (await checkpoint({ workflowId: other })).checkpoints;
  expect(before).toMatchObject({ trigger: "risky", stepId: "a", code: { branch: "main" } });
});

test("a risky step starts after its own checkpoint; pause makes a checkpoint", async () => {
  const { execute, monitor, checkpoint } = await serve();
  const steps = [
    { id: "a", command: "true" },
    { id: "b", command: "true", risky: true, condition: "on_success(a)" },
  ];
  const { workflowId } = await execute({ workflow: { name: "risky", steps }, waitSeconds: 20 });
  expect((await monitor({ workflowId })).status).toBe("completed");
  const [made] = (await checkpoint({ workflowId })).checkpoints;
  expect(made).toMatchObject({ trigger: "risky", stepId: "b" });
  const back = await checkpoint({ action: "restore", checkpointId: made.checkpointId });
  expect(back.steps.map((step: { status: string }) => step.status)).toEqual(["completed", "ready"]);

  const other = await execute({ workflow: chain(["a"]) });
  await monitor({ workflowId: other.workflowId, action: "pause" });
  expect((await checkpoint({ workflowId: other.workflowId })).checkpoints).toMatchObject([{ trigger: "pause" }]);
});

test("the tenth checkpoint of an unchanged run takes as much disk space as the first", async () => {
  const { directory, execute, checkpoint } = await serve();
  const { workflowId } = await execute({ workflow: chain(["a"]) });
  const journal = join(directory, ".baton", "runs", workflowId, "journal.jsonl");
  const sizes: number[] = [];
  for (let n = 0; n < 10; n++) {
    const before = statSync(journal).size;
    await checkpoint({ action: "create", workflowId, name: "same" });
    sizes.push(statSync(journal).size - before);
  }
  expect(sizes[9]! - sizes[0]!).toBeLessThanOrEqual(4);
});
