import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Measures start times in milliseconds: a command that does nothing, and a server until it has answered the first
 * requests of a host. For comparison: Node.js alone, and the program without V8's compile cache. Medians of ROUNDS
 * rounds.
 */
const ROUNDS = 15;
const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const state = mkdtempSync(join(tmpdir(), "baton-bench-"));
const hello = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "bench", version: "1" } };
const input = [
  { jsonrpc: "2.0", id: 1, method: "initialize", params: hello },
  { jsonrpc: "2.0", method: "notifications/initialized" },
  { jsonrpc: "2.0", id: 2, method: "tools/list" },
]
  .map((message) => `${JSON.stringify(message)}\n`)
  .join("");

const STARTS: Readonly<Record<string, readonly string[]>> = {
  "node alone": ["-e", "0"],
  "command line": [join(dist, "baton.cjs"), "--version"],
  server: [join(dist, "baton.cjs"), "serve", "--state", state],
  "command line, no compile cache": [join(dist, "program.cjs"), "--version"],
};
const took = new Map<string, number[]>(Object.keys(STARTS).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++)
  for (const [name, args] of Object.entries(STARTS)) {
    const from = performance.now();
    const { status } = spawnSync(process.execPath, args, { input });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    took.get(name)!.push(performance.now() - from);
  }
for (const [name, all] of took)
  console.log(
    name.padEnd(30),
    all
      .sort((one, other) => one - other)
      [ROUNDS >> 1]!.toFixed(0)
      .padStart(5),
    "ms",
  );
rmSync(state, { recursive: true, force: true });
