// Runs thousands of short steps with a second server on the same state. The second server must not take over the run,
// and status calls must be answered.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Server } from "./server.mjs";

const STEP_COUNT = 1000;
const workflow = {
  name: "Short",
  steps: Array.from({ length: STEP_COUNT }, (_, n) => ({ id: `s${n}`, command: ":" })),
};

export async function shortSteps({ directory, until }) {
  const found = [];
  const [a, b] = [await Server.start(directory), await Server.start(directory)];
  let [runs, polls, slowest] = [0, 0, 0];
  do {
    runs++;
    const { workflowId } = await a.tool("execute_workflow", { workflow });
    for (;;) {
      const began = performance.now();
      const run = await a.tool("monitor_workflow", { workflowId });
      polls++;
      slowest = Math.max(slowest, performance.now() - began);
      if (run.error !== undefined) found.push(run.error);
      if (run.error !== undefined || run.success !== undefined) break;
    }
    if (existsSync(join(directory, "state/runs", workflowId, "lease.2"))) found.push("a living owner lost its run");
  } while (Date.now() < until);
  await a.kill(true);
  await b.kill(true);
  return { much: `${runs * STEP_COUNT} steps, ${polls} calls, the slowest ${Math.round(slowest)} ms`, found };
}
