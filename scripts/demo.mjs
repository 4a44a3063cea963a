// Shows a takeover with real processes: a client starts this repository's release check on a Baton server, SIGKILL ends
// the server midway, and a second server finishes the run without repeating a finished step.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const root = fileURLToPath(new URL("..", import.meta.url));
const began = Date.now();
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const print = (text) => console.log(`${seconds(Date.now() - began).padStart(7)}  ${text}`);

/** Starts the built server over stdio, as a host would. */
async function connect() {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ["dist/baton.cjs", "serve", "--state", "state/demo"],
    cwd: root,
    stderr: "inherit",
  });
  const client = new Client({ name: "demo", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(transport);
  const call = async (name, args) => {
    const { isError, content, structuredContent } = await client.callTool({ name, arguments: args });
    if (isError) throw new Error(content[0].text);
    return structuredContent;
  };
  return { client, call, pid: transport.pid };
}

const printed = new Map();
/** Prints each step whose status or attempt changed since the last call. */
function printChanges(run) {
  const signs = { running: "▶", completed: "✔", failed: "✘", skipped: "↷", cancelled: "■", waiting: "◷" };
  for (const step of run.steps) {
    const now = `${step.status} ${step.attempt}`;
    if (!(step.status in signs) || printed.get(step.id) === now) continue;
    printed.set(step.id, now);
    const again = step.attempt > 1 ? `, attempt ${step.attempt}` : "";
    const took = step.status === "running" || step.duration === null ? "" : ` in ${seconds(step.duration)}`;
    print(
      `  ${signs[step.status]} ${step.id} ${step.status}${took}${again}${step.error ? `: ${step.error.message.split("\n")[0]}` : ""}`,
    );
  }
}

async function follow(server, workflowId, until) {
  for (let since; ; ) {
    const run = await server.call("monitor_workflow", {
      workflowId,
      detail: "full",
      ...(since && { since, waitSeconds: 20 }),
    });
    printChanges(run);
    if (until(run) || run.success !== undefined) return run;
    since = run.rev;
  }
}

rmSync(`${root}state/demo`, { recursive: true, force: true });
const first = await connect();
print(`server 1 is process ${first.pid}`);
const started = await first.call("execute_workflow", { file: "workflows/release-check.yaml", cwd: root });
const { workflowId } = started;
print(`execute_workflow → ${workflowId} "${started.name}", ${started.progress.total} steps`);

const completed = (run) => run.steps.filter((step) => step.status === "completed");
const middle = await follow(first, workflowId, (run) => completed(run).length >= 3 && run.activeSteps.length > 0);
process.kill(first.pid, "SIGKILL");
const running = middle.activeSteps.map((step) => step.id).join(", ");
print(`kill -9 ${first.pid}: ${completed(middle).length} steps were finished, in flight: ${running || "none"}`);
await first.client.close().catch(() => {});

const second = await connect();
print(`server 2 is process ${second.pid}; it takes over the run and continues it`);
const run = await follow(second, workflowId, () => false);
await second.client.close();

const repeated = completed(middle).filter(({ id, attempt, startTime }) => {
  const step = run.steps.find((other) => other.id === id);
  return step.attempt !== attempt || step.startTime !== startTime;
});
const lost = run.steps.filter((step) => step.attempt > 1).map((step) => step.id);
console.log(`
${run.name}: ${run.status}, ${run.metrics.completedSteps} of ${run.metrics.totalSteps} steps completed
  finished before the kill   ${completed(middle)
    .map((step) => step.id)
    .join(", ")}
  of these run again         ${repeated.length === 0 ? "none" : repeated.map((step) => step.id).join(", ")}
  in flight, so run again    ${lost.length === 0 ? "none" : lost.join(", ")}
  total time                 ${seconds(Date.now() - began)}
  journal                    state/demo/runs/${workflowId}/journal.jsonl`);
process.exit(run.success && repeated.length === 0 ? 0 : 1);
