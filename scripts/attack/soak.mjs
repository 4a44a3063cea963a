// One server executes small runs for the whole time. Compares its memory and open files at the end with those after the
// first tenth.
import { readdirSync, readFileSync } from "node:fs";
import { Server } from "./server.mjs";

/** A small young generation from the start. Otherwise V8 enlarges it for minutes, which looks like a leak. */
const env = { NODE_OPTIONS: "--max-semi-space-size=1" };
/** The allowed growth: megabytes of garbage not collected yet, and files that are open at the moment. */
const [MAX_GROWTH_MB, MAX_GROWTH_FILES] = [40, 6];
const PARALLEL_RUNS = 4;

export async function soak({ directory, until }) {
  const found = [];
  const server = await Server.start(directory, directory, env);
  const from = Date.now();
  const tenth = (until - from) / 10;
  const samples = [];
  let runs = 0;
  const work = async () => {
    while (Date.now() < until) {
      const n = runs++;
      const ended = n % 5 === 4 ? await handed(server, n) : await commanded(server, n);
      if (ended !== "completed") found.push(`run ${n}: ${ended}`);
      samples.push({ at: Date.now() - from, ...heldBy(server.child.pid) });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_RUNS }, work));
  await server.kill(true);
  if (server.noise.length > 0) found.push(`unexpected output: ${server.noise[0]}`);

  const early = middle(samples.filter(({ at }) => at >= tenth && at < 2 * tenth));
  const half = middle(samples.filter(({ at }) => at >= 4.5 * tenth && at < 5.5 * tenth));
  const late = middle(samples.filter(({ at }) => at >= 9 * tenth));
  if (early === undefined || late === undefined || late.megabytes === 0)
    return { much: `${runs} runs`, found, missed: ["a comparison: too few runs, or a system without /proc"] };
  if (late.megabytes > early.megabytes + MAX_GROWTH_MB) found.push("memory grows");
  if (late.files > early.files + MAX_GROWTH_FILES) found.push("open files grow");
  const seconds = Math.round((until - from) / 1000);
  const much = `${runs} runs in ${seconds} s: ${early.megabytes} to ${half?.megabytes ?? "?"} to ${late.megabytes} MB, ${early.files} to ${late.files} open files`;
  return { much, found: [...new Set(found)] };
}

/** A run with an output, a retry and a condition. */
async function commanded(server, n) {
  const steps = [
    { id: "a", command: `echo ${n}`, outputKey: "a" },
    {
      id: "b",
      command: 'echo {{a}}; [ "$BATON_ATTEMPT" -gt 1 ]',
      retries: 1,
      retryDelay: 1,
      condition: "on_success(a)",
    },
  ];
  const { workflowId, error } = await server.tool("execute_workflow", { workflow: { name: "Soak", steps } });
  return error ?? (await endOf(server, workflowId));
}

/** A run with an agent step that a worker accepts and completes. */
async function handed(server, n) {
  const workflow = { name: "Handed", steps: [{ id: "a", agent: "one" }] };
  const { workflowId, error } = await server.tool("execute_workflow", { workflow });
  if (error) return error;
  const { assignments } = await server.tool("handoff", { workflowId, worker: `w${n}` });
  await server.tool("handoff", { action: "complete", assignment: assignments[0].assignment, output: `${n}` });
  return endOf(server, workflowId);
}

const endOf = async (server, workflowId) => {
  const run = await server.finished(workflowId);
  return run.status ?? run.error;
};

/** The memory of a process in megabytes, and its open files. */
function heldBy(pid) {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return { megabytes: Math.round(Number(kilobytes) / 1024), files: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return { megabytes: 0, files: 0 };
  }
}

/** The medians of memory and open files. */
function middle(samples) {
  if (samples.length === 0) return undefined;
  const of = (name) => samples.map((sample) => sample[name]).sort((a, b) => a - b)[samples.length >> 1];
  return { megabytes: of("megabytes"), files: of("files") };
}
