import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { baton } from "../../rig/baton.ts";
import { noGit, Repository } from "../../rig/repository.ts";
import { session } from "../../rig/session.ts";

beforeEach(({ skip }) => skip(noGit !== undefined, noGit));

const report = { type: "object", required: ["summary", "filesChanged"] };
const made = (...filesChanged: string[]) => ({ summary: "All done, all tests pass.", filesChanged });

/** A server in a repository, with a run of builders. */
async function build(checks: Record<string, string>) {
  const repository = Repository.make({ "a.txt": "one\n", ".gitignore": ".baton/\nhome/\n" });
  const server = await session("2026-07-28", repository.top, repository.environment);
  const ids = Object.keys(checks);
  const steps = ids.map((id) => ({ id, agent: "builder", output: report, verify: checks[id] }));
  const dependencies = ids.slice(1).map((to, at) => ({ from: ids[at], to }));
  const { workflowId } = await server.execute({ workflow: { name: "lies", steps, dependencies } });
  const { handoff } = server;
  const accept = async (stepId: string) => (await handoff({ workflowId, stepId })).assignments[0];
  const deliver = (assignment: string, output: object) =>
    handoff({ action: "complete", assignment, output, waitSeconds: 30 });
  return { ...server, repository, workflowId, accept, deliver };
}

describe("an agent that lies", () => {
  test("it names files that did not change: it gets the list once, and what stays of it is marked", async () => {
    const { repository, accept, deliver, monitor, workflowId } = await build({ a: "grep -q two a.txt" });
    const { assignment } = await accept("a");
    repository.write("a.txt", "two\n");
    const first = await deliver(assignment, made("a.txt", "b.txt"));
    expect(first).toMatchObject({ status: "assigned", attempt: 1, error: { reason: "verification_failed" } });
    expect(first.text).toContain("did not change since the step was accepted: b.txt");
    const second = await deliver(assignment, made("a.txt", "b.txt"));
    expect(second).toMatchObject({
      ...{ status: "completed", evidence: "verified", note: "it names files that did not change: b.txt" },
      changes: { files: ["a.txt"], insertions: 1, deletions: 1, shared: false },
      checks: [{ check: "grep -q two a.txt", before: "failed", outcome: "passed", exitCode: 0 }],
    });
    expect((await monitor({ workflowId })).text).toContain("(verified: it names files that did not change: b.txt)");
  });

  test("it delivers without a change: nothing that its checks say makes more of that than a report", async () => {
    const { accept, deliver } = await build({ a: "test -e ignored/proof", b: "true" });
    const { assignment } = await accept("a");
    const failed = await deliver(assignment, made());
    expect(failed).toMatchObject({ status: "failed", error: { reason: "verification_failed" } });
    const own = await build({ a: "test -e .git/proof" });
    const one = await own.accept("a");
    own.repository.write(".git/proof", "");
    const done = await own.deliver(one.assignment, made());
    expect(done).toMatchObject({ status: "completed", evidence: "reported", note: "no file changed" });
    expect(done.text).toContain("completed (reported: no file changed)");
  });

  test("its checks passed before: they prove nothing", async () => {
    const { repository, accept, deliver, workflowId } = await build({ a: "test -e a.txt" });
    const { assignment } = await accept("a");
    repository.write("b.txt", "something\n");
    const done = await deliver(assignment, made("b.txt"));
    expect(done).toMatchObject({ status: "completed", evidence: "checked", checks: [{ before: "passed" }] });
    expect(done.text).toContain("completed (checked: its checks passed before the work, too)");
    const shown = await baton(repository.top, ["status", workflowId]);
    expect(shown.stdout).toContain("checked: its checks passed before the work, too");
    expect(shown.stdout).not.toContain("verified");
  });
});

describe("a plan that proves nothing", () => {
  const step = (id: string, verify: string) => ({ id, title: id, work: `Do ${id}`, verify });
  const plan = (...steps: object[]) => ({ goal: "g", summary: "s", scope: { in: [], out: [] }, steps });

  test("it goes back once, with the steps by name; corrected, it is done", async () => {
    const { execute, handoff } = await session();
    const steps = [{ id: "plan", agent: "planner", output: "plan" }];
    const { workflowId } = await execute({ workflow: { name: "planned", steps } });
    const [{ assignment }] = (await handoff({ workflowId })).assignments;
    const poor = plan(step("one", "true"), step("two", "no_such_program --all"), step("three", "./made.sh"));
    const refused = await handoff({ action: "complete", assignment, output: poor });
    expect(refused).toMatchObject({ status: "assigned", attempt: 1 });
    expect(refused.text).toContain(
      'step \\"one\\" of the plan would prove nothing: all of its checks pass already (true)',
    );
    expect(refused.text).toContain("not on the PATH: no_such_program --all");
    expect(refused.text).not.toContain("three");
    const good = plan(step("one", "test -e one"), step("three", "./made.sh"));
    const done = await handoff({ action: "complete", assignment, output: good });
    expect(done).toMatchObject({ status: "completed", evidence: "reported" });
    expect(done).not.toHaveProperty("note");
  });

  test("delivered again as it is, it is accepted and marked", async () => {
    const { execute, handoff } = await session();
    const steps = [{ id: "plan", agent: "planner", output: "plan" }];
    const { workflowId } = await execute({ workflow: { name: "planned", steps } });
    const [{ assignment }] = (await handoff({ workflowId })).assignments;
    const output = plan(step("one", "true"));
    expect(await handoff({ action: "complete", assignment, output })).toMatchObject({ status: "assigned" });
    expect(await handoff({ action: "complete", assignment, output })).toMatchObject({
      ...{ status: "completed", note: expect.stringContaining('step "one" of the plan would prove nothing') },
    });
  });
});

test("a step made of others is worth as much as the weakest of them", async () => {
  const { directory, execute, handoff, monitor } = await session();
  const agent = { agent: "scribe", prompt: "Write" };
  const steps = [
    { id: "each", type: "foreach", items: ["a"], step: { ...agent, verify: "test -e {{item}}" } },
    {
      id: "inner",
      workflow: {
        name: "inner",
        steps: [
          { id: "x", ...agent },
          { id: "y", command: "true" },
        ],
      },
    },
    { id: "own", workflow: { name: "own", steps: [{ id: "z", command: "true" }] } },
  ];
  const { workflowId } = await execute({ workflow: { name: "made of others", steps } });
  for (let done = 0; done < 2; ) {
    const { assignments } = await handoff({ workflowId, waitSeconds: 10 });
    for (const { assignment, checks } of assignments) {
      if (checks.length > 0) writeFileSync(join(directory, "a"), "");
      await handoff({ action: "complete", assignment, waitSeconds: 20 });
      done++;
    }
  }
  const view = await monitor({ workflowId, waitSeconds: 20 });
  const evidence = Object.fromEntries(
    view.steps.map((one: { id: string; evidence: string }) => [one.id, one.evidence]),
  );
  expect(evidence).toEqual({ each: "verified", inner: "reported", own: "observed" });
});
