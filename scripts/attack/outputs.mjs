// Runs steps that print a gigabyte: in many lines, in one line, and as ::output lines. The run must end, and the
// server's memory must stay small.
import { readFileSync } from "node:fs";
import { Server } from "./server.mjs";

const OUTPUT_MB = 1024;
const MAX_RESIDENT_MB = 700;
const COMMANDS = {
  lines: `yes | head -c ${OUTPUT_MB}M`,
  "one line": `head -c ${OUTPUT_MB}M /dev/zero | tr '\\0' x`,
  outputs: `yes '::output name=value' | head -c ${OUTPUT_MB}M`,
};

export async function outputs({ directory }) {
  const found = [];
  const server = await Server.start(directory);
  for (const [kind, command] of Object.entries(COMMANDS)) {
    const workflow = { name: "Loud", steps: [{ id: "a", command }] };
    const { workflowId } = await server.tool("execute_workflow", { workflow });
    const run = await server.finished(workflowId);
    if (run.success === undefined) found.push(`${kind}: ${run.error}`);
  }
  const peak = Math.round(peakOf(server.child.pid) / 1024);
  if (peak > MAX_RESIDENT_MB) found.push(`${peak} MB of memory`);
  await server.kill(true);
  return { much: `${Object.keys(COMMANDS).length} times ${OUTPUT_MB} MB, peak ${peak} MB`, found };
}

/** The peak memory of a process in kilobytes, or 0 without /proc. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
