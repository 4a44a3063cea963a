// Damages the journal of a run, and looks at it through a server: it is read as far as it goes, named as damaged, and nothing hangs.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { journalOf, Server } from "./server.mjs";

const workflow = {
  name: "Damaged",
  steps: Array.from({ length: 12 }, (_, n) => ({ id: `s${n}`, command: "echo out", retries: 1 })),
};

export const damage =
  (how) =>
  async ({ directory, until }) => {
    mkdirSync(directory, { recursive: true });
    const maker = await Server.start(directory);
    const { workflowId } = await maker.tool("execute_workflow", { workflow });
    await maker.finished(workflowId);
    await maker.kill();
    const path = journalOf(directory, workflowId);
    const whole = readFileSync(path);
    const found = [];
    const told = new Map();
    let server = await Server.start(directory);
    let tries = 0;
    const most = how === "cut" ? whole.length + 1 : Number.POSITIVE_INFINITY;
    for (; tries < most && Date.now() < until; tries++) {
      // Spread over all of it, so that a short run of this is a sample of a long one.
      const bytes = how === "cut" ? whole.subarray(0, (tries * 7919) % (whole.length + 1)) : flipped(whole, tries);
      writeFileSync(path, bytes);
      try {
        const answer = await server.tool("monitor_workflow", { workflowId });
        const kind = answer.error === undefined ? answer.status : (/\((\w+)\)/.exec(answer.error)?.[1] ?? "refused");
        told.set(kind, (told.get(kind) ?? 0) + 1);
        if (kind === "internal_error") found.push(`internal_error at try ${tries}`);
      } catch (error) {
        found.push(`${error.message} at try ${tries}`);
        await server.kill(true);
        server = await Server.start(directory);
      }
    }
    await server.kill();
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
