// Kills the detached owners of many short runs at random instants. The latest lease names the process to kill. A server
// starts new detached owners for these runs, and must never own one itself.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isOwnerOf, leaseOf } from "./owner.mjs";
import { journal, pause, Server } from "./server.mjs";

const PARALLEL_RUNS = 24;
/** A run that has not ended this long after its last kill is stuck. A server starts a new owner after at most 15 s. */
const STUCK_AFTER_MS = 90_000;
/** One less than the number of crashes that fails a step. */
const MAX_KILLS_PER_RUN = 2;
/** The time that the last runs take after their last kill. */
const TAIL_MS = 20_000;
/** How often the owner of a run is read. */
const POLL_INTERVAL_MS = 40;

const ran = 'echo "$BATON_STEP_ID.$BATON_ATTEMPT" >> "$BATON_STEP_ID.ran"; sleep 0.1';
const workflow = {
  name: "Alone",
  steps: Array.from({ length: 15 }, (_, n) => ({ id: `s${n}`, command: ran })),
  dependencies: Array.from({ length: 12 }, (_, n) => ({ from: `s${n}`, to: `s${n + 3}` })),
};

export async function detached({ directory, until }) {
  const found = [];
  const server = await Server.start(directory);
  const last = Math.max((Date.now() + until) / 2, until - TAIL_MS);
  const sum = { runs: 0, kills: 0, midway: 0, owners: 0 };
  const work = async (lane) => {
    for (let turn = 0; turn === 0 || Date.now() < last; turn++) {
      const n = sum.runs++;
      const outcome = await killed({ directory, server, until: last, n, seed: lane * 131 + turn * 37 });
      sum.kills += outcome.kills;
      sum.midway += outcome.midway;
      sum.owners += outcome.owners;
      found.push(...outcome.found.map((fault) => `run ${n}: ${fault}`));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_RUNS }, (_, lane) => work(lane)));
  if (server.noise.length > 0) found.push(`unexpected output: ${server.noise[0]}`);
  await server.kill(true);
  const much = `${sum.kills} SIGKILLs (${sum.midway} of them with steps running), ${sum.runs} runs, ${sum.owners} owners`;
  return { much, found };
}

async function killed({ directory, server, until, n, seed }) {
  const cwd = join(directory, `cwd-${n}`);
  mkdirSync(cwd);
  const found = [];
  const sum = { kills: 0, midway: 0, owners: 0, found };
  const { workflowId, error } = await server.tool("execute_workflow", { workflow, detach: true, cwd });
  if (workflowId === undefined) return { ...sum, found: [`not started: ${error}`] };
  let [known, last, end] = [[], 0, Date.now() + STUCK_AFTER_MS];
  const ended = () => journal(directory, workflowId).some((line) => line.includes('"run_finished"'));
  while (!ended()) {
    if (Date.now() > end) {
      found.push(`not finished ${STUCK_AFTER_MS} ms after its last kill`);
      break;
    }
    const lease = leaseOf(directory, workflowId);
    const isNew = lease.epoch > last && lease.pid !== undefined && isOwnerOf(lease.pid, workflowId);
    if (!isNew || sum.kills === MAX_KILLS_PER_RUN || Date.now() > until) {
      await pause(POLL_INTERVAL_MS);
      continue;
    }
    if (lease.pid === server.child.pid) found.push("a server took a detached run");
    await pause((seed * 53 + sum.kills * 211) % 600);
    const before = journal(directory, workflowId);
    if (known.some((line, at) => before[at] !== line)) found.push("a written event is lost");
    if (ended() || !isOwnerOf(lease.pid, workflowId)) continue;
    process.kill(lease.pid, "SIGKILL");
    sum.kills++;
    known = before;
    last = lease.epoch;
    end = Date.now() + STUCK_AFTER_MS;
    if (before.some((line) => line.includes('"step_started"'))) sum.midway++;
  }
  return { ...sum, ...judged({ directory, workflowId, cwd, known, found }) };
}

function judged({ directory, workflowId, cwd, known, found }) {
  const after = journal(directory, workflowId);
  if (known.some((line, at) => after[at] !== line)) found.push("a written event is lost");
  const events = after.flatMap((line) => (isWhole(line) ? [JSON.parse(line)] : []));
  const last = events.findLast(({ type }) => type === "run_finished");
  if (last && last.status !== "completed") found.push(`ended ${last.status}`);
  const completed = events.filter(({ type }) => type === "step_completed").map(({ step }) => step);
  if (new Set(completed).size !== completed.length) found.push("a finished step ran again");
  for (const { id } of workflow.steps) {
    const file = join(cwd, `${id}.ran`);
    const attempts = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    if (new Set(attempts).size !== attempts.length) found.push(`an attempt of ${id} ran twice`);
  }
  return { owners: leaseOf(directory, workflowId).epoch - 1 };
}

/** Whether a line is complete. An owner killed in a write leaves a part of a line, which the next owner ends. */
function isWhole(line) {
  try {
    return JSON.parse(line) !== null;
  } catch {
    return false;
  }
}
