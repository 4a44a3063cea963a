// Damages the journal of a run in many ways, and reads it. Baton must read it up to the damage or report the run as
// damaged, and must not hang. A server also resumes cut journals: a step whose end is in the journal must not run
// again.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundled, tries } from "./bundled.mjs";
import { environmentIn, journalOf, Server } from "./server.mjs";

/** The longest time to read one damaged journal. */
const READ_TIMEOUT_MS = 30_000;
const RESUME_COUNT = 44;
/** The share of the time for reading cut journals. The rest is for resuming them. */
const CUT_TIME_SHARE = 0.6;

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

/** @param how `cut` at every byte, `flip` bits, or the prepared damages by `hand` */
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
    const end = how === "cut" ? Date.now() + (until - Date.now()) * CUT_TIME_SHARE : until;
    const program = await bundled("reading", directory);
    const about = { env: environmentIn(directory), cwd: directory, timeoutMs: READ_TIMEOUT_MS };
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
      much += `; ${resumed.count} resumed, ${resumed.finished} finished steps not repeated`;
      if (resumed.count < RESUME_COUNT) missed.push(`${RESUME_COUNT - resumed.count} resumes`);
    }
    return { much, found: found.slice(0, 10), missed };
  };

/** Lets servers resume journals that are cut at places across the whole length, as if the owner had died there. */
async function carryOn({ directory, workflowId, whole, until, ranFile }) {
  const found = [];
  const first = whole.indexOf(10) + 1;
  const last = whole.lastIndexOf(10, whole.length - 2);
  const home = join(directory, "state/runs", workflowId);
  let [count, finished] = [0, 0];
  for (; count < RESUME_COUNT && Date.now() < until; count++) {
    const at = first + Math.floor(((last - first) * spread(count)) / RESUME_COUNT);
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

/** Mixes the order, so that a short attack also covers the end of the journal. */
const spread = (n) => (n * 17) % RESUME_COUNT;

const stepsIn = (lines) =>
  lines
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === "step_completed")
    .map(({ step }) => step);
