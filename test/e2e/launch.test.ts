import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { BATON, scratch } from "../rig/baton.ts";
import { plant } from "../rig/files.ts";
import { Rpc } from "../rig/rpc.ts";

const LAUNCH = fileURLToPath(new URL("../../scripts/launch.mjs", import.meta.url));

test("launch.mjs serves in the current directory, with the shipped templates", async () => {
  const cwd = scratch();
  const child = spawn(process.execPath, [LAUNCH, "serve"], { cwd, env: { ...process.env, BATON_STATE: "" } });
  const rpc = await Rpc.over(child);
  onTestFinished(() => rpc.kill());
  const workflow = { name: "Where", steps: [{ id: "a", command: "pwd" }] };
  const run = await rpc.data("execute_workflow", { workflow, waitSeconds: 20 });
  expect(run).toMatchObject({ status: "completed", steps: [{ output: cwd }] });
  expect((await rpc.data("manage_templates", { action: "list" })).templates.length).toBeGreaterThan(0);
  expect(rpc.noise).toEqual([]);
});

/** A checkout without a build, and a fake `npm` that runs the given shell text. */
function checkout(npm: string) {
  const root = mkdtempSync(join(scratch(), "checkout-"));
  const bin = join(root, "bin");
  plant(root, {
    "package.json": '{"version": "0.0.1", "devDependencies": {}}',
    "package-lock.json": '{"packages": {"": {"devDependencies": {}}}}',
    "scripts/launch.mjs": readFileSync(LAUNCH, "utf8"),
    "scripts/build.mjs": `import { mkdirSync, writeFileSync } from "node:fs";
mkdirSync("dist");
writeFileSync("dist/baton.cjs", "require(" + JSON.stringify(${JSON.stringify(BATON)}) + ")");
writeFileSync("dist/baton.cjs.LEGAL.txt", "");`,
    "src/main.ts": "",
  });
  plant(bin, { npm: `#!/bin/sh\n${npm}\n` });
  chmodSync(join(bin, "npm"), 0o755);
  return { root, bin };
}

test("launch.mjs builds once if there is no build, reports it on stderr, and serves", async () => {
  const { root, bin } = checkout("exit 0");
  const env = { ...process.env, BATON_STATE: "", PATH: `${bin}:${process.env.PATH}` };
  const child = spawn(process.execPath, [join(root, "scripts/launch.mjs"), "serve"], { cwd: scratch(), env });
  const rpc = await Rpc.over(child);
  onTestFinished(() => rpc.kill());
  expect((await rpc.request("tools/list", {})).tools.length).toBeGreaterThan(0);
  expect(rpc.stderr).toContain("Baton is built once");
  expect(rpc.noise).toEqual([]);
});

test("launch.mjs reports a failed build with the reason and the command to run", async () => {
  const { root, bin } = checkout("echo no such registry >&2; exit 7");
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const child = spawn(process.execPath, [join(root, "scripts/launch.mjs"), "serve"], { cwd: scratch(), env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("no such registry");
  expect(stderr).toContain(`Run \`npm ci\` in ${root}`);
});
