// Has one server carry out small runs for the whole of the time, and compares what it holds at the end with what it held after the first tenth.
import { readdirSync, readFileSync } from "node:fs";
import { Server } from "./server.mjs";

/** New objects have little room from the start: else they are given more and more of it for minutes, which looks as if something were kept. */
const env = { NODE_OPTIONS: "--max-semi-space-size=1" };
/** Megabytes by which the garbage that is not collected yet may differ, and files that may just be open. */
const [MOST_MEGABYTES, MOST_FILES] = [40, 6];
const AT_A_TIME = 4;

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
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  await server.kill(true);
  if (server.noise.length > 0) found.push(`said ${server.noise[0]}`);

  const early = middle(samples.filter(({ at }) => at >= tenth && at < 2 * tenth));
  const half = middle(samples.filter(({ at }) => at >= 4.5 * tenth && at < 5.5 * tenth));
  const late = middle(samples.filter(({ at }) => at >= 9 * tenth));
  if (early === undefined || late === undefined || late.megabytes === 0)
    return { much: `${runs} runs`, found, missed: ["a comparison: too few runs, or a system that does not tell"] };
  if (late.megabytes > early.megabytes + MOST_MEGABYTES) found.push("memory grows");
  if (late.files > early.files + MOST_FILES) found.push("open files grow");
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

/** A run with a step that an agent takes and delivers. */
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

/** What a process holds: memory in megabytes and open files. */
function heldBy(pid) {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return { megabytes: Math.round(Number(kilobytes) / 1024), files: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return { megabytes: 0, files: 0 };
  }
}

/** The median of each. */
function middle(samples) {
  if (samples.length === 0) return undefined;
  const of = (name) => samples.map((sample) => sample[name]).sort((a, b) => a - b)[samples.length >> 1];
  return { megabytes: of("megabytes"), files: of("files") };
}
