import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { findByEnvironment } from "../../src/system/process.ts";
import { BATON, baton, scratch } from "../rig/baton.ts";

function write(cwd: string, workflow: object, file = "w.json"): string {
  writeFileSync(join(cwd, file), JSON.stringify(workflow));
  return file;
}

const good = {
  name: "Good",
  steps: [
    { id: "a", command: "echo one; echo two" },
    { id: "b", command: "echo {{steps.a.output}}", outputKey: "said" },
  ],
};

describe("baton run", () => {
  test("baton run of a completed run exits with 0 and prints a line for each step and the metrics", async () => {
    const cwd = scratch();
    const { code, stdout, stderr } = await baton(cwd, ["run", write(cwd, good)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Good {2}wf_\w{10}\n/);
    expect(stdout).toMatch(/✔ a {2}completed/);
    expect(stdout).toMatch(/Good: completed\. 2 of 2 steps completed; [\d.]+ s in all, parallel efficiency \d+%\n$/);
  });

  test("baton run of a failed run exits with 1 and gives each step's reason, message and hint", async () => {
    const cwd = scratch();
    const workflow = {
      name: "Bad",
      steps: [
        { id: "code", command: "echo why >&2; exit 3" },
        { id: "nowhere", command: "true", workingDirectory: "missing" },
        { id: "unknown", command: "no-such-command-here" },
        { id: "denied", command: "./plain.txt" },
        { id: "signal", command: "kill -9 $$" },
        { id: "slow", command: "sleep 60", timeout: 50 },
        { id: "output", command: 'echo nonsense > "$BATON_OUTPUT"' },
      ],
    };
    writeFileSync(join(cwd, "plain.txt"), "");
    const { code, stdout } = await baton(cwd, ["run", write(cwd, workflow), "--json"]);
    expect(code).toBe(1);
    const errors = Object.fromEntries(
      JSON.parse(stdout).steps.map((step: { id: string; error: object }) => [step.id, step.error]),
    );
    expect(errors).toMatchObject({
      code: { reason: "exit_code", message: "exit code 3: why" },
      nowhere: {
        reason: "working_directory_missing",
        message: `working directory ${join(cwd, "missing")} does not exist`,
      },
      unknown: { reason: "command_not_found" },
      denied: { reason: "permission_denied" },
      signal: { reason: "signal", message: "was ended by signal SIGKILL" },
      slow: { reason: "timeout", message: "ran longer than its timeout of 50 ms and was killed" },
      output: { reason: "output_invalid" },
    });
    expect(errors.unknown.hint).toContain('Install "no-such-command-here"');
    expect(errors.denied.hint).toContain("chmod +x");
  });

  test("baton run with invalid input exits with 2 and prints each mistake with file, line and column", async () => {
    const cwd = scratch();
    writeFileSync(
      join(cwd, "w.yaml"),
      "name: X\nsteps:\n  - id: a\n    comand: true\n  - id: b\n    command: echo\n    timeout: -1\n",
    );
    const { code, stderr } = await baton(cwd, ["run", "w.yaml"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/w\.yaml:4:5: step "a", field "comand": .*Did you mean "command"\?/);
    expect(stderr).toMatch(/w\.yaml:7:14: step "b", field "timeout"/);
    expect((await baton(cwd, ["run", "none.yaml"])).stderr).toContain("none.yaml: does not exist");
    expect((await baton(cwd, ["run"])).code).toBe(2);
    expect((await baton(cwd, ["frobnicate"])).code).toBe(2);
  });

  test("Ctrl-C in baton run cancels the run, exits with 130 and leaves no process running", async () => {
    const cwd = scratch();
    const file = write(cwd, { name: "Slow", steps: [{ id: "a", command: "sleep 60 & touch started; wait" }] });
    const child = spawn(process.execPath, [BATON, "run", file], { cwd, env: { ...process.env, BATON_STATE: "" } });
    onTestFinished(() => void child.kill("SIGKILL"));
    while (!existsSync(join(cwd, "started"))) await new Promise(setImmediate);
    child.kill("SIGINT");
    expect((await once(child, "exit"))[0]).toBe(130);
    const { stdout } = await baton(cwd, ["status", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ status: "cancelled" });
    expect(findByEnvironment({ BATON_WORKFLOW_ID: JSON.parse(stdout).workflowId })).toEqual([]);
  });

  test("--param takes text with = and JSON with :=; a missing parameter is named", async () => {
    const cwd = scratch();
    const file = write(cwd, {
      name: "P",
      steps: [{ id: "a", command: "echo {{who}} {{parameters.n + 1}}", outputKey: "said" }],
    });
    const { stdout } = await baton(cwd, ["run", file, "--param", "who=it's $(me)", "--param", "n:=4", "--json"]);
    expect(JSON.parse(stdout).results).toEqual({ said: "it's $(me) 5" });
    const missing = await baton(cwd, ["run", file, "--param", "who=x"]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/parameters\.n|parameter "n"/);
  });

  test("--dry-run prints the plan and runs nothing; --sequential runs one step at a time; --detach prints the id", async () => {
    const cwd = scratch();
    const file = write(cwd, {
      name: "Marks",
      steps: [
        { id: "a", command: "touch ran" },
        { id: "b", command: "true" },
      ],
    });
    const plan = await baton(cwd, ["run", file, "--dry-run"]);
    expect(plan).toMatchObject({ code: 0 });
    expect(plan.stdout).toContain("Marks is valid: 2 steps in 1 level, at most 2 at a time");
    expect(existsSync(join(cwd, "ran"))).toBe(false);
    const sequential = JSON.parse((await baton(cwd, ["run", file, "--sequential", "--json"])).stdout);
    expect(Date.parse(sequential.steps[1].startTime)).toBeGreaterThanOrEqual(Date.parse(sequential.steps[0].endTime));
    const detached = await baton(cwd, ["run", file, "--detach"]);
    expect(detached.stdout).toMatch(/^wf_\w{10}\n$/);
    const { stdout } = await baton(cwd, ["status", detached.stdout.trim(), "--wait", "20", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ status: "completed" });
  });
});

describe("the other commands", () => {
  test("list, status, logs and restart work on a finished run; resume is refused", async () => {
    const cwd = scratch();
    const ran = await baton(cwd, ["run", write(cwd, good), "--json"]);
    const { workflowId } = JSON.parse(ran.stdout);
    expect((await baton(cwd, ["list"])).stdout).toMatch(new RegExp(`✔ ${workflowId} {2}completed +2/2 .* Good\n`));
    expect((await baton(cwd, ["logs", workflowId, "a"])).stdout).toBe("one\ntwo\n");
    expect((await baton(cwd, ["logs", workflowId, "a", "-f"])).stdout).toBe("one\ntwo\n");
    expect((await baton(cwd, ["logs", workflowId, "c"])).code).toBe(3);
    expect((await baton(cwd, ["status", "wf_0000000000"])).code).toBe(3);
    expect((await baton(cwd, ["status", "../../etc"])).code).toBe(3);
    const refused = await baton(cwd, ["resume", workflowId, "--json"]);
    expect(refused.code).toBe(4);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { reason: "illegal_transition" } });
    const again = await baton(cwd, ["restart", workflowId, "b"]);
    expect(again).toMatchObject({ code: 0 });
    const run = JSON.parse((await baton(cwd, ["status", workflowId, "--json"])).stdout);
    expect(run.steps.map((step: { attempt: number }) => step.attempt)).toEqual([1, 2]);
    expect(run.workflowId).toBe(workflowId);
  });

  test("logs -f follows a step that another process runs, to its end", async () => {
    const cwd = scratch();
    const file = write(cwd, {
      name: "Talks",
      steps: [{ id: "a", command: "echo first; until [ -e go ]; do sleep 0.02; done; echo läst" }],
    });
    const id = (await baton(cwd, ["run", file, "--detach"])).stdout.trim();
    const child = spawn(process.execPath, [BATON, "logs", id, "a", "-f"], {
      cwd,
      env: { ...process.env, BATON_STATE: "" },
    });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (text === "first\n") writeFileSync(join(cwd, "go"), "");
    });
    await once(child, "exit");
    expect(text).toBe("first\nläst\n");
  });

  test("validate and graph print the plan and the drawing of a workflow file", async () => {
    const cwd = scratch();
    const file = write(cwd, good);
    expect((await baton(cwd, ["validate", file])).stdout).toContain("Good is valid: 2 steps in 2 levels");
    expect((await baton(cwd, ["graph", file, "--mermaid"])).stdout).toMatch(/^flowchart TD\n/);
    expect((await baton(cwd, ["graph", file])).stdout).toContain("b");
    const both = JSON.parse((await baton(cwd, ["graph", file, "--json"])).stdout);
    expect(Object.keys(both)).toEqual(["name", "mermaid", "drawing"]);
  });

  test("an invalid setting is refused by name with exit code 2", async () => {
    const cwd = scratch();
    const { code, stderr } = await baton(cwd, ["list"], { BATON_MAX_STEPS: "many" });
    expect(code).toBe(2);
    expect(stderr).toContain("BATON_MAX_STEPS: maxSteps:");
  });

  test("baton list creates no files", async () => {
    const cwd = scratch();
    expect((await baton(cwd, ["list"])).stdout).toBe("There are no runs here yet.\n");
    expect(existsSync(join(cwd, ".baton"))).toBe(false);
  });

  test("the workflow in README.md is valid", async () => {
    const cwd = scratch();
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const [, yaml] = /## A workflow\n\n```yaml\n(.*?)```/s.exec(readme)!;
    writeFileSync(join(cwd, "build.yaml"), yaml!);
    const { code, stdout } = await baton(cwd, ["validate", "build.yaml"]);
    expect({ code, needs: stdout.includes("Parameters it needs: who") }).toEqual({ code: 0, needs: true });
  });
});
