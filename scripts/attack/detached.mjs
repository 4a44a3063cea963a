// Kills owners of their own, of many short runs at a time: by the process that the latest lease names, at instants that nobody chose. A server beside
// them gives what they leave to other owners, and is never an owner itself.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isOwnerOf, leaseOf } from "./owner.mjs";
import { journal, pause, Server } from "./server.mjs";

const AT_A_TIME = 24;
/** A run that no longer goes on after its last kill is stuck, in milliseconds: a server gives it to another owner after 15 s at the latest. */
const LONGEST = 90_000;
/** One less than it takes for a step to fail for the deaths of its owners. */
const KILLS_A_RUN = 2;
/** What the last of them take after their last kill, in milliseconds. */
const TAIL = 20_000;
/** How often it is looked at who owns a run, in milliseconds. */
const LOOK = 40;

const ran = 'echo "$BATON_STEP_ID.$BATON_ATTEMPT" >> "$BATON_STEP_ID.ran"; sleep 0.1';
const workflow = {
  name: "Alone",
  steps: Array.from({ length: 15 }, (_, n) => ({ id: `s${n}`, command: ran })),
  dependencies: Array.from({ length: 12 }, (_, n) => ({ from: `s${n}`, to: `s${n + 3}` })),
};

export async function detached({ directory, until }) {
  const found = [];
  const server = await Server.start(directory);
  const last = Math.max((Date.now() + until) / 2, until - TAIL);
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
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, lane) => work(lane)));
  if (server.noise.length > 0) found.push(`said ${server.noise[0]}`);
  await server.kill(true);
  const much = `${sum.kills} SIGKILLs (${sum.midway} of them with steps under way), ${sum.runs} runs, ${sum.owners} owners`;
  return { much, found };
}

async function killed({ directory, server, until, n, seed }) {
  const cwd = join(directory, `cwd-${n}`);
  mkdirSync(cwd);
  const found = [];
  const sum = { kills: 0, midway: 0, owners: 0, found };
  const { workflowId, error } = await server.tool("execute_workflow", { workflow, detach: true, cwd });
  if (workflowId === undefined) return { ...sum, found: [`not started: ${error}`] };
  let [known, last, end] = [[], 0, Date.now() + LONGEST];
  const ended = () => journal(directory, workflowId).some((line) => line.includes('"run_finished"'));
  while (!ended()) {
    if (Date.now() > end) {
      found.push(`not at its end ${LONGEST} ms after its last kill`);
      break;
    }
    const lease = leaseOf(directory, workflowId);
    const isNew = lease.epoch > last && lease.pid !== undefined && isOwnerOf(lease.pid, workflowId);
    if (!isNew || sum.kills === KILLS_A_RUN || Date.now() > until) {
      await pause(LOOK);
      continue;
    }
    if (lease.pid === server.child.pid) found.push("a server took a detached run");
    await pause((seed * 53 + sum.kills * 211) % 600);
    const before = journal(directory, workflowId);
    if (known.some((line, at) => before[at] !== line)) found.push("something that was written is gone");
    if (ended() || !isOwnerOf(lease.pid, workflowId)) continue;
    process.kill(lease.pid, "SIGKILL");
    sum.kills++;
    known = before;
    last = lease.epoch;
    end = Date.now() + LONGEST;
    if (before.some((line) => line.includes('"step_started"'))) sum.midway++;
  }
  return { ...sum, ...judged({ directory, workflowId, cwd, known, found }) };
}

function judged({ directory, workflowId, cwd, known, found }) {
  const after = journal(directory, workflowId);
  if (known.some((line, at) => after[at] !== line)) found.push("something that was written is gone");
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

/** What died while it was written ends in the middle of a line, with a line end of the next owner's. */
function isWhole(line) {
  try {
    return JSON.parse(line) !== null;
  } catch {
    return false;
  }
}
