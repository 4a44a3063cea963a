// A repository that brings a state directory along, with a run that is under way. It is shown as foreign, and nothing of it runs.
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pause, Server } from "./server.mjs";

/** Orphans are looked for at once, and every two seconds. */
const LOOKED = 5000;

export async function shipped({ directory }) {
  const found = [];
  const witness = join(directory, "ran");
  const workflow = { name: "Evil", steps: [{ id: "a", command: `touch '${witness}'; exec sleep 100` }] };
  const appears = async () => {
    for (const end = Date.now() + LOOKED; Date.now() < end && !existsSync(witness); ) await pause(50);
    return existsSync(witness);
  };
  const author = join(directory, "author");
  mkdirSync(author);
  let theirs = await Server.start(author);
  const { workflowId } = await theirs.tool("execute_workflow", { workflow });
  await appears();
  await theirs.kill();
  rmSync(witness);

  // The author has a key, and so has whoever opens it; they are not the same.
  const places = { "a state directory that was copied": "state", "a project that ships one": ".baton" };
  for (const [kind, name] of Object.entries(places)) {
    const home = join(directory, name);
    cpSync(join(author, "state"), join(home, name), { recursive: true });
    const server = await Server.start(home, home, name === ".baton" ? { BATON_STATE: "" } : {});
    if (await appears()) found.push(`${kind}: its command ran`);
    const seen = await server.tool("monitor_workflow", { workflowId });
    if (seen.status !== "foreign") found.push(`${kind}: shown as ${seen.status ?? seen.error}`);
    await server.kill(true);
    rmSync(witness, { force: true });
  }

  // Where it was made it goes on, or all of this would show nothing.
  theirs = await Server.start(author);
  if (!(await appears())) found.push("it does not run where it was made, either");
  await theirs.tool("monitor_workflow", { action: "cancel", workflowId });
  await theirs.kill();
  return { much: `${Object.keys(places).length}, and a control`, found };
}
