// Damages the journal of a run in every way, and has it read: it is read as far as it goes, or named as damaged, and nothing hangs. What was cut is
// also carried on by a server: nothing that its journal tells the end of runs again.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundled, tries } from "./bundled.mjs";
import { environmentIn, journalOf, Server } from "./server.mjs";

/** How long one look at a journal may take, in milliseconds. */
const PATIENCE = 30_000;
const RESUMED = 44;
/** The part of the time that cuts may take; what is left is for carrying on. */
const CUTTING = 0.6;

const ran = 'echo "$BATON_STEP_ID" >> "$BATON_ATTACK_RAN"';
const workflow = {
  name: "Damaged",
  steps: [
    ...Array.from({ length: 36 }, (_, n) => ({ id: `s${n}`, command: ran, retries: 1 })),
    { id: "flaky", command: `${ran}; [ "$BATON_ATTEMPT" -gt 1 ]`, retries: 2, retryDelay: 1 },
    { id: "said", command: `${ran}; echo said`, outputKey: "said" },
    { id: "reads", command: `${ran}; echo {{said}}` },
    { id: "never", command: ran, condition: "on_failure(said)" },
  ],
  dependencies: Array.from({ length: 30 }, (_, n) => ({ from: `s${n}`, to: `s${n + 6}` })),
};

/** @param how `cut` at every byte, `flip` bits, or damaged by `hand` */
export const damage =
  (how) =>
  async ({ directory, until }) => {
    const ranFile = join(directory, "ran.txt");
    const maker = await Server.start(directory, directory, { BATON_ATTACK_RAN: ranFile });
    const { workflowId } = await maker.tool("execute_workflow", { workflow });
    await maker.finished(workflowId);
    await maker.kill();
    const path = journalOf(directory, workflowId);
    const whole = readFileSync(path);
    const end = how === "cut" ? Date.now() + (until - Date.now()) * CUTTING : until;
    const program = await bundled("reading", directory);
    const about = { env: environmentIn(directory), cwd: directory, patience: PATIENCE };
    const { told, end: ended } = await tries(program, [join(directory, "state"), workflowId, how, String(end)], about);
    const found = told.filter(({ fault }) => fault).map(({ name, fault }) => `${name}: ${fault}`);
    if (ended !== undefined) found.push(ended);
    const kinds = new Map();
    for (const { kind } of told) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const counts = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(", ");
    let much = `${told.length} of a journal of ${whole.length} bytes: ${counts}`;
    const missed = [];
    if (how === "cut" && told.length <= whole.length) missed.push(`${whole.length + 1 - told.length} cuts`);
    if (how === "cut") {
      const resumed = await carryOn({ directory, workflowId, whole, until, ranFile });
      found.push(...resumed.found);
      much += `; ${resumed.count} carried on, ${resumed.finished} finished steps left alone`;
      if (resumed.count < RESUMED) missed.push(`${RESUMED - resumed.count} to be carried on`);
    }
    return { much, found: found.slice(0, 10), missed };
  };

/** Has servers carry on what was cut at places all over it, as if the owner had died there. */
async function carryOn({ directory, workflowId, whole, until, ranFile }) {
  const found = [];
  const first = whole.indexOf(10) + 1;
  const last = whole.lastIndexOf(10, whole.length - 2);
  const home = join(directory, "state/runs", workflowId);
  let [count, finished] = [0, 0];
  for (; count < RESUMED && Date.now() < until; count++) {
    const at = first + Math.floor(((last - first) * spread(count)) / RESUMED);
    const kept = whole.subarray(0, at).toString();
    writeFileSync(join(home, "journal.jsonl"), kept);
    for (const name of readdirSync(home)) if (/^lease\.(?!1$)/.test(name)) rmSync(join(home, name));
    rmSync(join(home, "logs"), { recursive: true });
    mkdirSync(join(home, "logs"), { mode: 0o700 });
    rmSync(ranFile, { force: true });
    const done = stepsIn(kept.slice(0, kept.lastIndexOf("\n")));
    const server = await Server.start(directory, directory, { BATON_ATTACK_RAN: ranFile });
    await server.tool("monitor_workflow", { action: "resume", workflowId });
    const run = await server.finished(workflowId);
    await server.kill(true);
    if (run.status !== "completed") found.push(`cut at ${at}: ended ${run.status ?? run.error}`);
    const again = existsSync(ranFile) ? readFileSync(ranFile, "utf8").trim().split("\n") : [];
    const twice = done.filter((step) => again.includes(step));
    if (twice.length > 0) found.push(`cut at ${at}: ran again: ${twice}`);
    finished += done.length;
  }
  return { count, finished, found };
}

/** In another order, so that a short form reaches the end, too. */
const spread = (n) => (n * 17) % RESUMED;

const stepsIn = (lines) =>
  lines
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === "step_completed")
    .map(({ step }) => step);
