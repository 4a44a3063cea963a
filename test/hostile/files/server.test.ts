import { spawn } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BATON, baton, scratch } from "../../rig/baton.ts";
import { ODD, replace } from "../../rig/odd.ts";
import { Rpc } from "../../rig/rpc.ts";
import { trustIn } from "../../rig/store.ts";

/** Starts a server under umask 000. */
async function openHanded(cwd: string): Promise<Rpc> {
  const script = 'umask 000; exec "$0" "$1" serve';
  const env = { ...process.env, BATON_STATE: "" };
  const rpc = await Rpc.over(spawn("/bin/sh", ["-c", script, process.execPath, BATON], { cwd, env }));
  onTestFinished(() => rpc.kill());
  return rpc;
}

/** The paths below a directory with other permissions than 700 for directories and 600 for files. */
function open(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    const mode = lstatSync(path).mode & 0o777;
    const expected = entry.isDirectory() ? 0o700 : 0o600;
    return [...(mode === expected ? [] : [`${path} ${mode.toString(8)}`]), ...(entry.isDirectory() ? open(path) : [])];
  });
}

const LOG = '"$(dirname "$BATON_OUTPUT")/$BATON_STEP_ID.1.log"';

test("a server answers while steps replace their files, and keeps its own files private under umask 000", async () => {
  const cwd = scratch();
  const state = join(cwd, ".baton");
  mkdirSync(state, { mode: 0o700 });
  const agent = 'cat "$1" > /dev/null; echo \'{"text": "done"}\' > "$2"';
  writeFileSync(join(cwd, "agent.sh"), `#!/bin/sh\n${agent}\n`, { mode: 0o755 });
  const runners = { fake: { command: "./agent.sh {prompt_file} {output_file}", max: 1 } };
  writeFileSync(join(state, "config.json"), JSON.stringify({ runners }), { mode: 0o600 });
  trustIn(state).admit();
  const rpc = await openHanded(cwd);
  const execute = (name: string, steps: object[], rest = {}) =>
    rpc.data("execute_workflow", { workflow: { name, steps }, ...rest });

  const work = await execute(
    "work",
    [
      { id: "make", command: `echo made; printf '{"a": 1}' > "$BATON_OUTPUT"` },
      {
        id: "say",
        agent: "scribe",
        prompt: "Say it",
        runner: "fake",
        verify: "cat $BATON_DELIVERED",
        condition: "on_success(make)",
      },
    ],
    { waitSeconds: 30, idempotencyKey: "once" },
  );
  expect(work).toMatchObject({ status: "completed" });

  // A finished run whose journal is replaced is damaged, and does not affect other runs.
  replace(join(state, "runs", work.workflowId, "journal.jsonl"), ODD["a pipe"]!);
  const late = await baton(cwd, ["status", work.workflowId]);
  expect(late.code).toBe(4);
  expect(late.stderr).toContain("is a pipe, not a regular file");

  const odd = await execute(
    "odd",
    [
      { id: "pipe", command: `rm ${LOG}; mkfifo ${LOG}` },
      { id: "zero", command: 'ln -sf /dev/zero "$BATON_OUTPUT"' },
      { id: "vast", command: 'truncate -s 3G "$BATON_OUTPUT"' },
      { id: "half", command: "printf 'caf\\303'" },
      { id: "trap", command: 'mkfifo "$(dirname "$BATON_OUTPUT")/next.1.log"' },
      { id: "next", command: "true", condition: "on_success(trap)" },
    ],
    { waitSeconds: 30 },
  );
  expect(odd.status).toBe("failed");
  const ends = odd.steps.map((step: { id: string; error?: { reason: string } }) => [step.id, step.error?.reason]);
  expect(Object.fromEntries(ends)).toEqual({
    ...{ pipe: "output_invalid", zero: "output_invalid", vast: "output_invalid", next: "spawn_failed" },
    ...{ half: undefined, trap: undefined },
  });
  const logs = (stepId: string) =>
    rpc.data("monitor_workflow", { action: "logs", workflowId: odd.workflowId, stepId, cursor: "0:0" });
  expect(await logs("half")).toMatchObject({ stdout: "caf\ufffd", complete: true });
  expect(await logs("pipe")).toMatchObject({ stdout: "", complete: true, next: expect.stringContaining("is a pipe") });
  // `logs -f` ends although the output ends in half a character.
  expect((await baton(cwd, ["logs", odd.workflowId, "half", "-f"])).stdout).toBe("caf\ufffd");

  // Reading this output takes longer than all the calls below.
  const endless = await execute("endless", [{ id: "a", command: `truncate -s 15G ${LOG}` }]);
  const inbox = join(state, "runs", endless.workflowId, "inbox");
  mkdirSync(join(inbox, "000000000000000-x.json"), { mode: 0o700 });
  ODD["a pipe"]!(join(inbox, "000000000000001-y.json"));
  const { runs } = await rpc.data("monitor_workflow", { action: "list" });
  const listed = Object.fromEntries(
    runs.map((run: { workflowId: string; status: string }) => [run.workflowId, run.status]),
  );
  expect(listed[endless.workflowId]).toBe("running");
  expect(listed[odd.workflowId]).toBe("failed");
  // A new process lists the damaged run.
  expect((await baton(cwd, ["list"])).stdout).toMatch(new RegExp(`${work.workflowId}.*(unreadable|damaged)`));
  // The request goes through the inbox, beside the odd entries.
  expect((await baton(cwd, ["cancel", endless.workflowId])).code).toBe(0);
  expect(await rpc.until(endless.workflowId, ({ status }) => status !== "running")).toMatchObject({
    status: "cancelled",
  });

  // Files that steps made themselves have the steps' permissions.
  for (const path of ["pipe.1.log", "next.1.log", "zero.1.output.json"])
    replace(join(state, "runs", odd.workflowId, "logs", path), () => {});
  replace(join(state, "runs", work.workflowId, "journal.jsonl"), () => {});
  expect(open(state)).toEqual([]);
  expect(rpc.noise).toEqual([]);
});
