// A repository that brings a state directory along, with a run that is under way. It is shown as foreign, and nothing of it runs.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pause, runsIn, Server } from "./server.mjs";

export async function shipped({ directory }) {
  const found = [];
  const witness = join(directory, "ran");
  const workflow = {
    name: "Evil",
    steps: [
      { id: "a", agent: "one" },
      { id: "b", command: `touch '${witness}'` },
    ],
  };
  // Whoever made it has a key of his own.
  const author = join(directory, "author");
  mkdirSync(author);
  const theirs = await Server.start(author);
  const { workflowId } = await theirs.tool("execute_workflow", {
    workflow: { ...workflow, dependencies: [{ from: "a", to: "b" }] },
  });
  const { assignments } = await theirs.tool("handoff", { workflowId });
  await theirs.tool("handoff", { action: "complete", assignment: assignments[0].assignment, output: "x" });
  await theirs.kill(true);
  rmSync(witness, { force: true });
  const [id] = runsIn(author);
  // As if nothing of it had run yet.
  const lease = join(author, "state/runs", id, "lease.1");
  writeFileSync(lease, JSON.stringify({ pid: 1, started: "0", boot: "another" }));
  const kinds = ["copied whole", "in the repository"];
  for (const kind of kinds) {
    const home = join(directory, kind.replaceAll(" ", "-"));
    mkdirSync(home);
    const state = join(home, kind === "copied whole" ? "state" : ".baton");
    cpSync(join(author, "state"), state, { recursive: true });
    const server = await Server.start(home, home, kind === "copied whole" ? {} : { BATON_STATE: "" });
    await pause(5000);
    const seen = await server.tool("monitor_workflow", { workflowId: id });
    if (existsSync(witness)) found.push(`${kind}: its command ran`);
    if (seen.status !== "foreign" && seen.success === undefined)
      found.push(`${kind}: shown as ${seen.status ?? seen.error}`);
    await server.kill(true);
  }
  return { much: `${kinds.length}`, found };
}
