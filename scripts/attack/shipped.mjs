// Opens a repository that ships a state directory with an unfinished run. The run must be foreign, and nothing may run.
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pause, Server } from "./server.mjs";

/** Servers look for runs without an owner at the start and every two seconds. */
const POLL_TIMEOUT_MS = 5000;

export async function shipped({ directory }) {
  const found = [];
  const witness = join(directory, "ran");
  const workflow = { name: "Evil", steps: [{ id: "a", command: `touch '${witness}'; exec sleep 100` }] };
  const appears = async () => {
    for (const end = Date.now() + POLL_TIMEOUT_MS; Date.now() < end && !existsSync(witness); ) await pause(50);
    return existsSync(witness);
  };
  const author = join(directory, "author");
  mkdirSync(author);
  let theirs = await Server.start(author);
  const { workflowId } = await theirs.tool("execute_workflow", { workflow });
  await appears();
  await theirs.kill();
  rmSync(witness);

  // The author and the user who opens the repository have different trust keys.
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

  // The control: in the author's directory the run resumes.
  theirs = await Server.start(author);
  if (!(await appears())) found.push("the control failed: the run does not resume in the author's directory");
  await theirs.tool("monitor_workflow", { action: "cancel", workflowId });
  await theirs.kill();
  return { much: `${Object.keys(places).length}, and a control`, found };
}
