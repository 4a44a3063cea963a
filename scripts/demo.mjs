// The main job, for real: a client starts the release check of this repository on a Baton server, the server is killed with SIGKILL in
// the middle, another one is started, and the run goes on to its end without repeating a finished step.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const root = fileURLToPath(new URL("..", import.meta.url));
const began = Date.now();
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const say = (text) => console.log(`${seconds(Date.now() - began).padStart(7)}  ${text}`);

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

const told = new Map();
/** Says what has changed since the last look. */
function tell(run) {
  const signs = { running: "▶", completed: "✔", failed: "✘", skipped: "↷", cancelled: "■", waiting: "◷" };
  for (const step of run.steps) {
    const now = `${step.status} ${step.attempt}`;
    if (!(step.status in signs) || told.get(step.id) === now) continue;
    told.set(step.id, now);
    const again = step.attempt > 1 ? `, attempt ${step.attempt}` : "";
    const took = step.status === "running" || step.duration === null ? "" : ` in ${seconds(step.duration)}`;
    say(
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
    tell(run);
    if (until(run) || run.success !== undefined) return run;
    since = run.rev;
  }
}

rmSync(`${root}state/demo`, { recursive: true, force: true });
const first = await connect();
say(`server 1 is process ${first.pid}`);
const started = await first.call("execute_workflow", { file: "workflows/release-check.yaml", cwd: root });
const { workflowId } = started;
say(`execute_workflow → ${workflowId} "${started.name}", ${started.progress.total} steps`);

const completed = (run) => run.steps.filter((step) => step.status === "completed");
const middle = await follow(first, workflowId, (run) => completed(run).length >= 3 && run.activeSteps.length > 0);
process.kill(first.pid, "SIGKILL");
const inFlight = middle.activeSteps.map((step) => step.id).join(", ");
say(`kill -9 ${first.pid}: ${completed(middle).length} steps were finished, in flight: ${inFlight || "none"}`);
await first.client.close().catch(() => {});

const second = await connect();
say(`server 2 is process ${second.pid}; it finds the run and carries on`);
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
  in flight, so tried again  ${lost.length === 0 ? "none" : lost.join(", ")}
  everything took            ${seconds(Date.now() - began)}
  the journal                state/demo/runs/${workflowId}/journal.jsonl`);
process.exit(run.success && repeated.length === 0 ? 0 : 1);
