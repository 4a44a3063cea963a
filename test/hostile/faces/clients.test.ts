import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { BATON, baton, scratch } from "../../rig/baton.ts";
import { type Era, Rpc } from "../../rig/rpc.ts";
import { session } from "../../rig/session.ts";

/** The peak memory of a server in MB, or 0 if the system does not report it. */
const peakOf = (pid: number): number => {
  const status = `/proc/${pid}/status`;
  return existsSync(status) ? Number(/VmHWM:\s*(\d+)/.exec(readFileSync(status, "utf8"))![1]) / 1024 : 0;
};

describe.each(["2026-07-28", "2025-11-25"] as const)("a client of %s", (era: Era) => {
  test("the server answers after messages that are too large, batched, invalid UTF-8 or deeply nested", async () => {
    const rpc = await Rpc.start(scratch(), era);
    onTestFinished(() => rpc.kill());
    const refused = expect(rpc.request("tools/call", { name: "x", pad: "y".repeat(5_000_000) }, 4711)).rejects.toThrow(
      "larger than 4 MB",
    );
    // The server does not search for an id at the end of the message, and does not keep 70 MB.
    rpc.sendRaw(`{"jsonrpc":"2.0","method":"x","params":"${"z".repeat(70_000_000)}","id":4712}\n`);
    rpc.sendRaw('[{"jsonrpc":"2.0","id":4713,"method":"ping"}]\n');
    rpc.child.stdin.write(Buffer.from([0xff, 0xc3, 0x28, 0x00, 10]));
    rpc.sendRaw(`{"a":${"[".repeat(50_000)}\n`);
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    rpc.sendRaw(
      `{"jsonrpc":"2.0","id":4714,"method":"tools/call","params":{"name":"handoff","arguments":{"output":${deep}}}}\n`,
    );
    const list = await rpc.data("monitor_workflow", { action: "list" });
    expect(list.runs).toEqual([]);
    await refused;
    expect(rpc.noise).toEqual([]);
    expect(peakOf(rpc.child.pid!)).toBeLessThan(320);
    // A message without a newline is ignored, and the server exits with 0.
    rpc.sendRaw('{"jsonrpc":"2.0","id":4715,"method":"pi');
    expect(await rpc.close()).toBe(0);
  });

  test("a client that sends 600 requests and reads late gets every answer, without a MaxListeners warning", async () => {
    const rpc = await Rpc.start(scratch(), era);
    onTestFinished(() => rpc.kill());
    rpc.child.stdout.pause();
    const answers = Array.from({ length: 600 }, () => rpc.request("tools/list", {}));
    // The server stops reading until the client reads, so requests wait on the client's side.
    while (rpc.child.stdin.writableLength === 0) await new Promise(setImmediate);
    rpc.child.stdout.resume();
    for (const { tools } of await Promise.all(answers)) expect(tools).toHaveLength(7);
    expect(rpc.stderr).not.toContain("MaxListeners");
  });
});

test("mistakes in a file that is no workflow of the project quote none of its content", async () => {
  const outside = scratch();
  const secret = join(outside, "secret.yaml");
  writeFileSync(secret, "hunter2: swordfish\npassphrase_of_ann:\n  - x\n");
  const { directory, execute, templates } = await session();
  writeFileSync(join(directory, "dotenv"), "hunter2: swordfish\n");
  writeFileSync(join(directory, "own.yaml"), "steps:\n  - { id: a, comand: swordfish }\n");
  const inner = (file: string) => ({ workflow: { name: "x", steps: [{ id: "a", file }] } });
  const asked = [
    await execute({ file: secret }),
    await execute({ file: "dotenv" }),
    await execute({ file: "passwd", cwd: "/etc" }),
    await execute({ file: secret, cwd: "/" }),
    await execute({ file: "/etc/passwd" }),
    await execute(inner(secret)),
    await execute(inner("/etc/passwd")),
    await templates({ action: "save", file: secret, name: "x" }),
  ];
  for (const { text, error } of asked) {
    expect(error.reason).toBe("bad_input");
    expect(text).toContain("Baton quotes nothing of a file");
    expect(text).not.toMatch(/hunter2|swordfish|passphrase|root:/);
    expect(JSON.stringify(error)).not.toMatch(/hunter2|swordfish|passphrase|root:/);
  }
  expect((await execute({ file: "own.yaml" })).text).toContain('unknown field "comand"');
});

test("overlong texts, invalid paths and odd numbers in any argument are refused, never internal_error", async () => {
  const { rpc, directory } = await session();
  const { tools } = await rpc.request("tools/list", {});
  const odd = [
    "x".repeat(1_000_000),
    "a\u0000b",
    `/${"y/".repeat(400)}`,
    "\ud800",
    1e308,
    -1,
    { a: "z".repeat(300_000) },
  ];
  const reasons: string[] = [];
  for (const { name, inputSchema } of tools) {
    const actions: (string | undefined)[] = inputSchema.properties.action?.enum ?? [undefined];
    for (const [n, key] of Object.keys(inputSchema.properties).entries()) {
      // Each argument gets every third value, so that every tool gets every kind.
      const calls = odd
        .filter((_, at) => (at + n) % 3 === 0)
        .map((value, at) => {
          const action = actions[(at + n) % actions.length];
          return rpc.tool(name, { ...(action !== undefined && { action }), [key]: value });
        });
      for (const { isError, structuredContent } of await Promise.all(calls))
        if (isError) reasons.push(structuredContent.error.reason);
    }
  }
  expect(reasons.length).toBeGreaterThan(80);
  expect(reasons.filter((reason) => reason === "internal_error")).toEqual([]);
  const long = await rpc.tool("execute_workflow", {
    workflow: { steps: [{ id: "a", command: "true" }] },
    cwd: "x".repeat(1_000_000),
  });
  expect(long.structuredContent.error).toMatchObject({
    reason: "bad_input",
    mistakes: [expect.stringContaining("is too long for a path")],
  });
  expect(existsSync(directory)).toBe(true);
});

test("baton graph escapes newlines in names", async () => {
  const directory = scratch();
  const steps = [{ id: "a", name: "n\nNext: go", command: "true" }];
  writeFileSync(join(directory, "w.json"), JSON.stringify({ name: "x\n✔ fake is valid", steps }));
  const { stdout } = await baton(directory, ["graph", "w.json"]);
  expect(stdout.split("\n").filter((line) => /^(Next|✔)/.test(line))).toEqual([]);
  expect(stdout).toContain("a (n\\nNext: go)");
});

const ESCAPES = "\u001b]0;owned\u0007\u202e\rNext: x";

test("baton logs escapes control characters at a terminal, and not in a pipe or with --raw", async () => {
  const { directory, execute } = await session();
  const command = "printf '\\033]0;owned\\007\\342\\200\\256\\rNext: x'";
  const { workflowId } = await execute({ workflow: { name: "n", steps: [{ id: "a", command }] }, waitSeconds: 20 });
  expect((await baton(directory, ["logs", workflowId, "a"])).stdout).toBe(ESCAPES);
  const at = async (args: string) => {
    const line = `"${process.execPath}" "${BATON}" logs ${workflowId} a ${args}`;
    const child = spawn("script", ["-qec", line, "/dev/null"], {
      cwd: directory,
      env: { ...process.env, BATON_STATE: "" },
    });
    let shown = "";
    child.stdout.on("data", (data) => {
      shown += data;
    });
    await once(child, "close");
    return shown;
  };
  if (process.platform !== "linux") return;
  expect(await at("")).toContain("\\u001b]0;owned\\u0007\\u202e\\u000dNext: x");
  expect(await at("--raw")).toContain(ESCAPES);
});
