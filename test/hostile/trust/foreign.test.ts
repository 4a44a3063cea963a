import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { baton, scratch } from "../../rig/baton.ts";
import { plant } from "../../rig/files.ts";
import { plantRun } from "../../rig/planted.ts";
import { Rpc } from "../../rig/rpc.ts";

const EVIL = "wf_evevevevev";
const FAST = { BATON_HEARTBEAT: "200" };

async function serve(cwd: string, env: Record<string, string> = {}): Promise<Rpc> {
  const rpc = await Rpc.start(cwd, "2026-07-28", { env: { ...FAST, ...env } });
  onTestFinished(() => rpc.kill());
  return rpc;
}

/** Waits until the server has checked the run and logged that it leaves it alone. */
async function hasLookedAt(rpc: Rpc, id: string): Promise<void> {
  while (!rpc.stderr.includes(`${id} is not executed`)) await new Promise(setImmediate);
}

const ended = (run: { success?: boolean }) => run.success !== undefined;

/** Runs baton trust --yes. It counts because the environment names the tests' key. */
const trust = (cwd: string, ...args: string[]) => baton(cwd, ["trust", ...args, "--yes"]);

describe("a foreign run", () => {
  test("a foreign run shows wouldRun, and runs nothing until baton trust", async () => {
    const cwd = scratch();
    const witness = join(cwd, "witness");
    plantRun(join(cwd, ".baton"), EVIL, `touch ${witness}`);
    const rpc = await serve(cwd);
    await hasLookedAt(rpc, EVIL);
    const shown = await rpc.tool("monitor_workflow", { workflowId: EVIL });
    expect(shown.structuredContent).toMatchObject({
      status: "foreign",
      wouldRun: [{ stepId: "evil", command: `touch ${witness}` }],
      ready: [],
    });
    expect(shown.content[0]!.text).toContain(`Would run evil: "touch ${witness}"`);
    expect((await rpc.data("monitor_workflow", { action: "list" })).runs).toMatchObject([
      { workflowId: EVIL, status: "foreign" },
    ]);
    for (const args of [
      { action: "resume", workflowId: EVIL },
      { action: "restart", workflowId: EVIL },
      { action: "pause", workflowId: EVIL },
      { action: "cancel", workflowId: EVIL },
    ]) {
      const refused = await rpc.tool("monitor_workflow", args);
      expect(refused, args.action).toMatchObject({
        isError: true,
        structuredContent: { error: { reason: "foreign" } },
      });
      expect(refused.content[0]!.text).toContain(`baton trust ${EVIL}`);
    }
    const forked = await rpc.tool("checkpoint", { action: "fork", workflowId: EVIL });
    expect(forked).toMatchObject({ isError: true, structuredContent: { error: { reason: "foreign" } } });
    expect(await baton(cwd, ["resume", EVIL, "--force"])).toMatchObject({ code: 4 });
    expect(existsSync(witness)).toBe(false);

    expect(await trust(cwd, EVIL)).toMatchObject({ code: 0, stdout: expect.stringContaining("is trusted") });
    expect(await rpc.until(EVIL, ended)).toMatchObject({ status: "completed" });
    expect(existsSync(witness)).toBe(true);
  });

  test("a run is foreign after a copy to another directory or a change of definition.json", async () => {
    const cwd = scratch();
    const gate = "sleep 10; echo ran >> ran.txt";
    const rpc = await serve(cwd);
    const { workflowId: id } = await rpc.data("execute_workflow", {
      workflow: { name: "Mine", steps: [{ id: "a", command: gate }] },
    });
    await rpc.until(id, (run) => run.activeSteps.length > 0);
    await rpc.kill();
    const copy = scratch();
    cpSync(join(cwd, ".baton"), join(copy, ".baton"), { recursive: true });
    const status = async (where: string) => JSON.parse((await baton(where, ["status", id, "--json"])).stdout).status;
    expect(await status(cwd)).toBe("running");
    expect(await status(copy)).toBe("foreign");
    const definition = join(cwd, ".baton/runs", id, "definition.json");
    const mine = readFileSync(definition, "utf8");
    writeFileSync(definition, mine.replace("echo ran", "echo other"));
    expect(await status(cwd)).toBe("foreign");
    writeFileSync(definition, mine);
    expect(await status(cwd)).toBe("running");

    // `baton trust` without a run adopts a whole restored backup.
    expect(await trust(copy)).toMatchObject({ code: 0 });
    expect(await status(copy)).toBe("running");
    expect(await baton(copy, ["trust"])).toMatchObject({ stdout: expect.stringContaining("no runs of other users") });
  });

  test("a run of others whose journal says completed is foreign", async () => {
    const cwd = scratch();
    plantRun(join(cwd, ".baton"), EVIL, "true");
    const journal = join(cwd, ".baton/runs", EVIL, "journal.jsonl");
    const done = [
      { at: Date.now(), epoch: 1, type: "step_started", step: "evil", attempt: 1 },
      { at: Date.now(), epoch: 1, type: "step_completed", step: "evil", attempt: 1, output: "all is well" },
      { at: Date.now(), epoch: 1, type: "run_finished", status: "completed" },
    ].map((event) => JSON.stringify(event));
    writeFileSync(journal, `${readFileSync(journal, "utf8")}${done.join("\n")}\n`);
    expect(JSON.parse((await baton(cwd, ["status", EVIL, "--json"])).stdout).status).toBe("foreign");
  });
});

describe("baton trust", () => {
  test("baton trust needs a person at a terminal, or --yes with BATON_TRUST_KEY", async () => {
    const cwd = scratch();
    plantRun(join(cwd, ".baton"), EVIL, "true");
    const alone = await baton(cwd, ["trust", EVIL]);
    expect(alone).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("no terminal is attached, so nobody can confirm"),
    });
    expect(alone.stdout).toContain("| evil (command): true");
    const keyless = await baton(cwd, ["trust", EVIL, "--yes"], { BATON_TRUST_KEY: "", XDG_STATE_HOME: scratch() });
    expect(keyless).toMatchObject({ code: 4, stderr: expect.stringContaining("BATON_TRUST_KEY") });
    expect(JSON.parse((await baton(cwd, ["status", EVIL, "--json"])).stdout).status).toBe("foreign");
    expect(await baton(cwd, ["trust", "wf_0000000000", "--yes"])).toMatchObject({ code: 3 });
  });

  test("baton trust shows the settings that it would activate", async () => {
    const cwd = scratch();
    mkdirSync(join(cwd, ".baton"));
    writeFileSync(join(cwd, ".baton/config.json"), JSON.stringify({ checks: ["touch pwned"] }));
    const before = await baton(cwd, ["settings"]);
    expect(before.stderr).toContain("is ignored");
    expect(before.stdout).not.toContain("pwned");
    expect((await baton(cwd, ["trust"])).stdout).toContain('| checks ["touch pwned"]');
    await trust(cwd, ".");
    const after = await baton(cwd, ["settings"]);
    expect(after).toMatchObject({ stderr: "", stdout: expect.stringContaining("touch pwned") });
  });
});

describe("a state directory that baton run refuses", () => {
  const refusal = (cwd: string, env: Record<string, string> = {}) => baton(cwd, ["run", "w.yaml"], env);
  const project = () => plant(scratch(), { "w.yaml": "name: W\nsteps: [{ id: a, command: touch ran }]\n" });

  test("baton run refuses a state directory that other users may write", async () => {
    const cwd = project();
    expect(await refusal(cwd)).toMatchObject({ code: 0 });
    chmodSync(join(cwd, ".baton"), 0o777);
    const refused = await refusal(cwd);
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("is writable by other users") });
    expect((await baton(cwd, ["doctor"])).stdout).toContain("is writable by other users");
    chmodSync(join(cwd, ".baton"), 0o700);
    expect(await refusal(cwd)).toMatchObject({ code: 0 });
  });

  test("baton run refuses a state directory that git tracks, as files or as a link", async () => {
    const git = (cwd: string, ...args: string[]) => execFileSync("git", args, { cwd, stdio: "ignore" });
    const cwd = project();
    await refusal(cwd);
    git(cwd, "init", "-q");
    expect(await refusal(cwd)).toMatchObject({ code: 0 });
    git(cwd, "add", "-f", ".baton/runs");
    const refused = await refusal(cwd);
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringMatching(/git tracks \.baton\/runs\//) });

    const linked = project();
    git(linked, "init", "-q");
    execFileSync("ln", ["-s", join(cwd, ".baton"), ".baton"], { cwd: linked });
    git(linked, "add", "-f", ".baton");
    expect(await refusal(linked)).toMatchObject({ code: 4, stderr: expect.stringContaining("git tracks .baton") });
  });

  // Only root can change the owner of a file.
  test.skipIf(process.getuid?.() !== 0)(
    "baton run refuses another user's state directory until baton trust names it",
    async () => {
      const cwd = project();
      await refusal(cwd);
      const state = join(cwd, ".baton");
      for (const path of [state, join(state, "runs")]) chownSync(path, 12_345, 12_345);
      const refused = await refusal(cwd);
      expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("belongs to another user (12345)") });
      await trust(cwd, state);
      expect(await refusal(cwd)).toMatchObject({ code: 0 });
    },
  );

  test("baton run refuses any state directory if the trust key cannot be created", async () => {
    const cwd = project();
    const file = join(scratch(), "file");
    writeFileSync(file, "");
    const refused = await refusal(cwd, { BATON_TRUST_KEY: join(file, "key") });
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("the trust key") });
  });
});
