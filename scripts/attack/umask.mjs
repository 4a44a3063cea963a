// Runs a server under umask 000 and uses all its features. No file that Baton creates may be open to other users.
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Server } from "./server.mjs";

const workflow = {
  name: "Open",
  steps: [
    { id: "make", command: 'echo made; echo told >&2; printf \'{"a": 1}\' > "$BATON_OUTPUT"' },
    { id: "fails", command: "false", retries: 1, retryDelay: 1 },
    { id: "say", agent: "scribe", prompt: "Say it", condition: "on_success(make)" },
    { id: "last", command: "cat", condition: "on_success(say)" },
  ],
};

export async function umask({ directory }) {
  const found = [];
  const project = join(directory, "project");
  mkdirSync(project);
  const git = (...args) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd: project });
  git("init", "-q");
  writeFileSync(join(project, "a.txt"), "one\n");
  git("add", "a.txt");
  git("commit", "-qm", "one");
  const before = process.umask(0);
  let server;
  try {
    server = await Server.start(directory, project);
  } finally {
    process.umask(before);
  }
  const call = async (name, args) => {
    const answer = await server.tool(name, args);
    if (answer.error !== undefined) throw new Error(`${name} ${args.action ?? ""}: ${answer.error.slice(0, 300)}`);
    return answer;
  };
  const { workflowId } = await call("execute_workflow", { workflow, idempotencyKey: "once" });
  await call("monitor_workflow", { workflowId, waitSeconds: 30 });
  const { assignments } = await call("handoff", { workflowId, worker: "w" });
  const { assignment } = assignments[0];
  await call("handoff", { action: "progress", assignment, task: "half", percent: 50 });
  await call("handoff", { action: "complete", assignment, output: "said" });
  await server.finished(workflowId);
  const { checkpoints } = await call("checkpoint", { workflowId });
  if (checkpoints?.length > 0)
    await call("checkpoint", {
      action: "restore",
      workflowId,
      checkpointId: checkpoints[0].checkpointId,
      scope: "state",
    });
  await call("manage_templates", { action: "save", name: "open", workflow });
  await call("find_capabilities", { query: "review" });
  const waits = { name: "Detached", steps: [{ id: "a", command: "sleep 0.1", outputKey: "a" }] };
  const own = await call("execute_workflow", { workflow: waits, detach: true });
  await server.finished(own.workflowId);
  await call("execute_workflow", { workflow: { name: "Held", steps: [{ id: "a", command: "sleep 60" }] } });
  await call("orchestrate", { goal: "Fix the crash when a page is printed" });
  await server.kill();

  // A second server takes over the runs, and so writes leases, snapshots and inboxes.
  process.umask(0);
  try {
    server = await Server.start(directory, project);
  } finally {
    process.umask(before);
  }
  const { runs } = await call("monitor_workflow", { action: "list" });
  for (const { workflowId, status } of runs)
    if (status === "running") await call("monitor_workflow", { action: "cancel", workflowId });
  await server.kill(true);

  const places = ["state", "trust-key", "xdg", "home"].map((name) => join(directory, name));
  const entries = places.flatMap((place) => below(place));
  for (const path of entries) {
    const { mode } = lstatSync(path);
    if ((mode & 0o077) !== 0) found.push(`${path.slice(directory.length + 1)} is ${(mode & 0o777).toString(8)}`);
  }
  return { much: `${entries.length} files and directories of ${runs.length} runs`, found };
}

/** A path and all paths below it. */
function below(path) {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return [];
  if (!stats.isDirectory()) return [path];
  return [path, ...readdirSync(path).flatMap((name) => below(join(path, name)))];
}
