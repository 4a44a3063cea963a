// Damages the journal of a run, and has a fresh process look at it: it is read as far as it goes, or named as damaged, and nothing hangs.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { BATON, environmentIn, journalOf, Server } from "./server.mjs";

/** How long a look may take, in milliseconds. */
const PATIENCE = 30_000;

const workflow = {
  name: "Damaged",
  steps: Array.from({ length: 12 }, (_, n) => ({ id: `s${n}`, command: "echo out", retries: 1 })),
};

export const damage =
  (how) =>
  async ({ directory, until }) => {
    const maker = await Server.start(directory);
    const { workflowId } = await maker.tool("execute_workflow", { workflow });
    await maker.finished(workflowId);
    await maker.kill();
    const path = journalOf(directory, workflowId);
    const whole = readFileSync(path);
    const found = [];
    const told = new Map();
    let tries = 0;
    const most = how === "cut" ? whole.length + 1 : Number.POSITIVE_INFINITY;
    for (; tries < most && Date.now() < until; tries++) {
      // Spread over all of it, so that a short run of this is a sample of a long one.
      const bytes =
        how === "cut" ? whole.subarray(0, whole.length - ((tries * 7919) % (whole.length + 1))) : flipped(whole, tries);
      writeFileSync(path, bytes);
      const args = [BATON, "status", workflowId, "--json"];
      const env = environmentIn(directory);
      const { stdout, stderr, signal } = spawnSync(process.execPath, args, {
        env,
        encoding: "utf8",
        timeout: PATIENCE,
      });
      const kind = /"status": ?"(\w+)"/.exec(stdout)?.[1] ?? /\((\w+)\)/.exec(stderr)?.[1] ?? "refused";
      told.set(kind, (told.get(kind) ?? 0) + 1);
      if (signal !== null) found.push(`no answer in ${PATIENCE} ms at try ${tries}`);
      if (/internal_error|\n {4}at /.test(stderr + stdout))
        found.push(`${kind} at try ${tries}: ${stderr.slice(0, 200)}`);
    }
    const kinds = [...told].map(([kind, count]) => `${count} ${kind}`).join(", ");
    return { much: `${tries} of a journal of ${whole.length} bytes: ${kinds}`, found: found.slice(0, 10) };
  };

/** One to three bits, the same for the same try. */
function flipped(whole, seed) {
  const bytes = Buffer.from(whole);
  for (let n = 0; n <= seed % 3; n++) {
    const at = (seed * 2_654_435_761 + n * 40_503) % (bytes.length * 8);
    bytes[Math.floor(at / 8)] ^= 1 << (at % 8);
  }
  return bytes;
}
