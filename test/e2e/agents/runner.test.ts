import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startTimeOf } from "../../../src/system/process.ts";
import { scratch } from "../../rig/baton.ts";
import { session, sharedSession } from "../../rig/session.ts";
import { trustIn } from "../../rig/store.ts";

/** Makes a directory with a shell script as runner. `script` is its body; $1 is the prompt file, $2 the output file. */
function withRunner(script: string, max = 2, output = "text"): string {
  const directory = scratch();
  mkdirSync(join(directory, ".baton"));
  writeFileSync(join(directory, "agent.sh"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const runners = { fake: { command: "./agent.sh {prompt_file} {output_file}", max, output } };
  writeFileSync(join(directory, ".baton", "config.json"), JSON.stringify({ runners }));
  trustIn(join(directory, ".baton")).admit();
  return directory;
}

const serve = sharedSession();

const one = (step: object) => ({
  workflow: { name: "headless", steps: [{ id: "a", agent: "scribe", runner: "fake", ...step }] },
});

test("a runner takes its step, and Baton delivers and verifies its output", async () => {
  const directory = withRunner(`cp "$1" prompt.txt; echo made > made.txt
if read line; then echo "stdin was open" > stdin.txt; fi
printf 'Here it is:\\n\`\`\`json\\n{"text": "hello"}\\n\`\`\`\\n' > "$2"`);
  const { execute, handoff } = await session("2026-07-28", directory);
  const output = { type: "object", required: ["text"] };
  const run = await execute({
    ...one({ prompt: "Write {{parameters.what}}", output, verify: "test -f made.txt" }),
    parameters: { what: "a word" },
    waitSeconds: 30,
  });
  expect(run).toMatchObject({ status: "completed", ready: [] });
  expect(run.steps[0]).toMatchObject({ evidence: "verified", output: { text: "hello" }, worker: "runner:fake" });
  const prompt = readFileSync(join(directory, "prompt.txt"), "utf8");
  expect(prompt).toContain("Write a word");
  expect(prompt).toContain('{"type":"object","required":["text"]}');
  expect(prompt).toContain("Baton then checks: test -f made.txt");
  expect(existsSync(join(directory, "stdin.txt"))).toBe(false);
  expect((await handoff({})).assignments).toEqual([]);
});

test("invalid output, an exit code and CANNOT of a runner are failed attempts; then the fallback command runs", async () => {
  const directory = withRunner(
    'echo x >> tries; [ "$(wc -l < tries)" -gt 2 ] && { echo "CANNOT: no pen"; exit; }; [ "$(wc -l < tries)" -gt 1 ] && exit 3; echo words',
  );
  const { execute } = await session("2026-07-28", directory);
  const output = { type: "object" };
  const run = await execute({
    ...one({ output, retries: 2, retryDelay: 1, fallback: { command: "echo by hand" } }),
    waitSeconds: 30,
  });
  expect(run.steps[0]).toMatchObject({ status: "completed", output: "by hand", attempt: 4 });
  expect(run.executionLog.map((line: { status: string }) => line.status)).toEqual([
    "failed",
    "failed",
    "failed",
    "completed",
  ]);
});

test("runs at most maxParallel runners, and cancel kills their process groups", async () => {
  const directory = withRunner("echo $$ >> pids; sleep 600", 2);
  const { execute, monitor, rpc } = await session("2026-07-28", directory);
  const steps = ["a", "b", "c"].map((id) => ({ id, agent: "scribe", runner: "fake" }));
  const { workflowId } = await execute({ workflow: { name: "three", steps } });
  const busy = await rpc.until(
    workflowId,
    (run) =>
      run.activeSteps.length === 2 &&
      existsSync(join(directory, "pids")) &&
      readFileSync(join(directory, "pids"), "utf8").split("\n").length === 3,
  );
  expect(busy.steps.map((step: { status: string }) => step.status).sort()).toEqual(["assigned", "assigned", "ready"]);
  await monitor({ workflowId, action: "cancel" });
  const pids = readFileSync(join(directory, "pids"), "utf8").trim().split("\n").map(Number);
  for (const pid of pids) while (startTimeOf(pid) !== undefined) await new Promise(setImmediate);
});

test("the next owner kills a runner whose server was killed, and starts its step again", async () => {
  const directory = withRunner("echo $$ >> pids; [ -f again ] && { echo done; exit; }; sleep 600");
  const first = await session("2026-07-28", directory);
  const { workflowId } = await first.execute(one({}));
  await first.rpc.until(workflowId, () => existsSync(join(directory, "pids")));
  await first.rpc.kill();
  writeFileSync(join(directory, "again"), "");
  const second = await session("2026-07-28", directory);
  const run = await second.rpc.until(workflowId, ({ status }) => status === "completed");
  expect(run.steps[0]).toMatchObject({ status: "completed", output: "done", attempt: 2 });
  const [pid] = readFileSync(join(directory, "pids"), "utf8").split("\n").map(Number);
  expect(startTimeOf(pid!)).toBeUndefined();
});

test("a runner that hangs loses its lease and its process group, and the next attempt goes on", async () => {
  const directory = withRunner("[ -f pids ] && { echo done; exit; }; sleep 600 & echo $$ $! > pids; wait");
  const { execute } = await session("2026-07-28", directory);
  const run = await execute({ ...one({ leaseSeconds: 3 }), waitSeconds: 40 });
  expect(run.steps[0]).toMatchObject({ status: "completed", output: "done", attempt: 2 });
  expect(run.executionLog.map((line: { status: string }) => line.status)).toEqual(["expired", "completed"]);
  const pids = readFileSync(join(directory, "pids"), "utf8").trim().split(" ").map(Number);
  for (const pid of pids) while (startTimeOf(pid) !== undefined) await new Promise(setImmediate);
});

test("a runner that prints events of Claude Code is answered by the last of them", async () => {
  const events = [
    { type: "assistant", message: { content: [{ type: "tool_use", id: "t", name: "Bash" }] } },
    { type: "user", message: { content: [{ type: "tool_result", tool_use_id: "t" }] } },
    { type: "result", subtype: "success", is_error: false, result: 'Here:\n```json\n{"text": "hello"}\n```' },
  ];
  const directory = withRunner("cat events; exit $(cat code)", 2, "claude-stream-json");
  writeFileSync(join(directory, "events"), events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  writeFileSync(join(directory, "code"), "0");
  const { execute } = await session("2026-07-28", directory);
  const run = await execute({ ...one({ output: { type: "object", required: ["text"] } }), waitSeconds: 30 });
  expect(run.steps[0]).toMatchObject({ status: "completed", output: { text: "hello" } });
  writeFileSync(
    join(directory, "events"),
    JSON.stringify({ type: "result", is_error: true, result: "no credit left" }),
  );
  writeFileSync(join(directory, "code"), "1");
  const failed = await execute({ ...one({}), waitSeconds: 30 });
  expect(failed.steps[0].error).toMatchObject({ message: "fake: exit code 1: no credit left" });
});

test("a risky step of a runner starts after the code checkpoint before it", async () => {
  const directory = withRunner("echo changed > a.txt; echo done");
  const git = (...args: string[]) => execFileSync("git", args, { cwd: directory, encoding: "utf8" });
  git("init", "-q");
  writeFileSync(join(directory, "a.txt"), "before\n");
  const { execute, checkpoint } = await session("2026-07-28", directory);
  const run = await execute({ ...one({ risky: true }), waitSeconds: 30 });
  expect(run.status).toBe("completed");
  const { checkpoints } = await checkpoint({ workflowId: run.workflowId });
  expect(checkpoints.map(({ trigger }: { trigger: string }) => trigger)).toEqual(["agent", "risky"]);
  const [after, before] = checkpoints.map(({ code }: { code: { commit: string } }) =>
    git("show", `${code.commit}:a.txt`),
  );
  expect([before, after]).toEqual(["before\n", "changed\n"]);
});

test("execute_workflow refuses an unknown runner", async () => {
  const { execute } = await serve();
  const answer = await execute(one({ runner: "nobody" }));
  expect(answer.text).toContain('step "a", field "runner": there is no runner "nobody". Known: claude, goose, codex.');
});

test("execute_workflow refuses an unknown runner in a foreach step, in a child workflow and in its file", async () => {
  const { execute, directory } = await serve();
  const step = { agent: "scribe", runner: "nobody" };
  const inner = { name: "inner", steps: [{ id: "deep", items: [1], step }] };
  writeFileSync(join(directory, "inner.json"), JSON.stringify({ steps: [{ id: "far", ...step }] }));
  const steps = [
    { id: "fine", items: [1], step: { agent: "scribe", runner: "claude" } },
    { id: "each", items: [1], step },
    { id: "sub", workflow: inner },
    { id: "file", file: "inner.json" },
  ];
  const { error } = await execute({ workflow: { name: "nested", steps } });
  const hint = expect.stringContaining("Known: claude, goose, codex.");
  expect(error.mistakes).toEqual([hint, hint, hint]);
  expect(error.mistakes.map((mistake: string) => mistake.split(" Known")[0])).toEqual([
    'step "each", field "step.runner": there is no runner "nobody".',
    'step "sub", field "workflow": step "deep", field "step.runner": there is no runner "nobody".',
    'step "file", field "workflow": step "far", field "runner": there is no runner "nobody".',
  ]);
});
