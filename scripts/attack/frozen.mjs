// Freezes an owner until another server takes over its run, wakes it, and sends it a late completion.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { journal, pause, Server } from "./server.mjs";

/** A short time without heartbeats after which another server takes over. */
const env = { BATON_STALE_AFTER: "1000" };
const workflow = { name: "Frozen", steps: [{ id: "a", agent: "one" }] };

export async function frozen({ directory, until }) {
  const found = [];
  let [rounds, taken] = [0, 0];
  while (Date.now() < until) {
    const home = join(directory, String(rounds++));
    mkdirSync(home);
    const [a, b] = [await Server.start(home, home, env), await Server.start(home, home, env)];
    const { workflowId } = await a.tool("execute_workflow", { workflow });
    const { assignments } = await a.tool("handoff", { workflowId, worker: "w" });
    process.kill(a.child.pid, "SIGSTOP");
    const deadline = Math.min(Date.now() + 75_000, until + 75_000);
    while (Date.now() < deadline && !journal(home, workflowId).some((line) => line.includes('"epoch":2')))
      await pause(200);
    const over = journal(home, workflowId).some((line) => line.includes('"epoch":2'));
    if (over) {
      taken++;
      await b.tool("handoff", { action: "complete", assignment: assignments[0].assignment, output: "by b" });
    }
    process.kill(a.child.pid, "SIGCONT");
    const late = await a.tool("handoff", { action: "complete", assignment: assignments[0].assignment, output: "by a" });
    const run = await b.finished(workflowId);
    if (over && late.error === undefined && late.status !== "completed")
      found.push("the woken owner accepted a late completion");
    if (run.status !== "completed") found.push(`ended ${run.status ?? run.error}`);
    const completed = journal(home, workflowId).filter((line) => line.includes('"step_completed"'));
    if (completed.length !== 1) found.push(`${completed.length} ends of one step`);
    if (over && !completed[0]?.includes("by b"))
      found.push("the journal has another completion than the acknowledged one");
    await a.kill(true);
    await b.kill(true);
  }
  return { much: `${rounds} frozen, ${taken} of them taken over`, found };
}
