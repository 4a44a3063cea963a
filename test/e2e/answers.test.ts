import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { baton, scratch } from "../rig/baton.ts";
import { session } from "../rig/session.ts";

const EVIL = "tame\u001b[2Jwiped\u0007\u009b31mred\u007f";
const TOLD = "tame\\u001b[2Jwiped\\u0007\\u009b31mred\\u007f";
const CONTROL = /(?![\t\n])\p{Cc}/u;

describe("names, prompts and output with control characters", () => {
  test("control characters are escaped in text answers and unchanged in structured content", async () => {
    const { execute, handoff, orchestrate, monitor } = await session();
    const steps = [
      { id: "a", name: EVIL, agent: "scribe", prompt: EVIL },
      { id: "b", name: EVIL, command: `printf '${EVIL.replace("\u0007", "\\007")}'` },
    ];
    const run = await execute({ workflow: { name: EVIL, steps }, waitSeconds: 20 });
    expect(run.name).toBe(EVIL);
    expect(run.steps[0].name).toBe(EVIL);
    expect(run.text).toContain(`"${TOLD}"`);
    const { workflowId } = run;
    const accepted = await handoff({ workflowId });
    expect(accepted.assignments[0].text).toContain(EVIL);
    expect(accepted.text).toContain(TOLD);
    const goal = `Fix the crash when the settings page is opened ${EVIL}`;
    const started = await orchestrate({ goal });
    expect(started.goal).toBe(goal);
    expect(started.text).toContain(`    Fix the crash when the settings page is opened ${TOLD}`);
    const logs = await monitor({ workflowId, action: "logs", stepId: "b" });
    expect(logs.stdout).toBe(EVIL);
    const refused = await execute({ template: EVIL });
    expect(refused.text).toContain("\\u001b");
    const list = await monitor({ action: "list" });
    const sessions = await orchestrate({ action: "list" });
    for (const { text } of [run, accepted, started, logs, refused, list, sessions]) expect(text).not.toMatch(CONTROL);
  });

  test("control characters are escaped in the output of commands", async () => {
    const directory = scratch();
    const cli = (...args: string[]) => baton(directory, args, { HOME: join(directory, "home") });
    const { execute, orchestrate } = await session("2026-07-28", directory);
    const steps = [{ id: "b", command: `printf '${EVIL.replace("\u0007", "\\007")}' >&2; exit 1` }];
    const { workflowId } = await execute({ workflow: { name: EVIL, steps }, waitSeconds: 20 });
    await orchestrate({ goal: `Fix the crash when the settings page is opened ${EVIL}` });
    const commands = [["status", workflowId], ["list"], ["session"], ["session", "show"], ["restart", workflowId]];
    for (const args of commands) {
      const { stdout } = await cli(...args);
      expect(stdout, args.join(" ")).toContain("\\u001b[2J");
      expect(stdout, args.join(" ")).not.toMatch(CONTROL);
    }
    const { stderr } = await cli("run", EVIL);
    expect(stderr).not.toMatch(CONTROL);
    expect(JSON.parse((await cli("status", workflowId, "--json")).stdout).name).toBe(EVIL);
  });
});

test("many assignments share the room of one answer; what is left out is read by the call that it names", async () => {
  const { execute, handoff, read } = await session();
  const steps = Array.from({ length: 40 }, (_, n) => ({
    id: `s${n}`,
    agent: "scribe",
    prompt: `${n} ${"word ".repeat(5_000)}`,
  }));
  const verify = Array.from({ length: 40 }, (_, n) => `test ${n} -eq ${"0".repeat(1_000)}${n}`);
  const { workflowId } = await execute({
    workflow: { name: "long", steps: steps.map((step) => ({ ...step, verify, input: ["x".repeat(5_000)] })) },
  });
  const accepted = await handoff({ workflowId, count: 40 });
  const { text, assignments } = accepted;
  expect(assignments).toHaveLength(40);
  expect(text.split("\n").at(-1)).toBe(`Next: ${accepted.next}`);
  const [{ assignment, leftOut }] = assignments;
  const call = (part: string) => `handoff {action: "read", assignment: "${assignment}", part: "${part}"}`;
  expect(leftOut).toEqual([
    { part: "assignment", size: expect.any(Number), call: call("assignment") },
    { part: "input", size: expect.any(Number), call: call("input") },
  ]);
  expect(await read(assignment, "assignment")).toContain("word ".repeat(4_999));
  expect(JSON.parse(await read(assignment, "input"))).toEqual({ input: ["x".repeat(5_000)] });
});

test("orchestrate and monitor_workflow refuse an argument of another action and list the valid ones", async () => {
  const { orchestrate, monitor } = await session();
  const route = await orchestrate({ action: "route", goal: "Fix the crash", mode: "explicit" });
  expect(route.text).toContain(
    'field "mode": belongs to action "start". orchestrate {action: "route"} takes goal, cwd, assessment, tasks, backlog.',
  );
  const finish = await orchestrate({ action: "finish", confirm: true, wait: 3 });
  const takes = 'orchestrate {action: "finish"} takes sessionId, waitSeconds.';
  expect(finish.error.mistakes).toEqual([
    `field "confirm": belongs to action "start". ${takes}`,
    `field "wait": unknown argument. ${takes}`,
  ]);
  // The same holds for the default action.
  const briefing = await monitor({ stepID: "a" });
  expect(briefing.text).toContain('monitor_workflow {action: "status"} takes');
});
