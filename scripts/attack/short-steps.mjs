// Steps that end at once, by the thousand, with another server on the same state. Nobody takes a living owner's run over, and who asks is answered.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Server } from "./server.mjs";

const STEPS = 1000;
const workflow = {
  name: "Short",
  steps: Array.from({ length: STEPS }, (_, n) => ({ id: `s${n}`, command: ":" })),
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
  return { much: `${runs * STEPS} steps, ${polls} calls, the slowest ${Math.round(slowest)} ms`, found };
}
