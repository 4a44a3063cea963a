// Steps that say a gigabyte: in many lines, in one line, and as outputs. The run ends, and the server's memory does not grow with it.
import { readFileSync } from "node:fs";
import { Server } from "./server.mjs";

const MEGABYTES = 1024;
const MOST_RESIDENT = 700;
const KINDS = {
  lines: `yes | head -c ${MEGABYTES}M`,
  "one line": `head -c ${MEGABYTES}M /dev/zero | tr '\\0' x`,
  outputs: `yes '::output name=value' | head -c ${MEGABYTES}M`,
};

export async function outputs({ directory }) {
  const found = [];
  const server = await Server.start(directory);
  for (const [kind, command] of Object.entries(KINDS)) {
    const workflow = { name: "Loud", steps: [{ id: "a", command }] };
    const { workflowId } = await server.tool("execute_workflow", { workflow });
    const run = await server.finished(workflowId);
    if (run.success === undefined) found.push(`${kind}: ${run.error}`);
  }
  const peak = Math.round(peakOf(server.child.pid) / 1024);
  if (peak > MOST_RESIDENT) found.push(`${peak} MB of memory`);
  await server.kill(true);
  return { much: `${Object.keys(KINDS).length} times ${MEGABYTES} MB, peak ${peak} MB`, found };
}

/** In kilobytes, where the system tells. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
