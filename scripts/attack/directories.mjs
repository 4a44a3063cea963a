// Puts odd entries beside the runs of a server. A run whose owner died must still resume, and each request about an odd
// entry must get an answer.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Server } from "./server.mjs";

/** The id of another user, if this one is root. */
const OTHER_USER_ID = 65_534;
const isRoot = process.getuid?.() === 0;
const pipe = (path) => execFileSync("mkfifo", [path]);

/** Entries in place of a run's directory. */
const ODD_ENTRIES = {
  "a file": (path) => writeFileSync(path, "x"),
  "a pipe": pipe,
  "a link to nothing": (path) => symlinkSync("nowhere", path),
  "a link to itself": (path) => symlinkSync(path, path),
  "a link to a device": (path) => symlinkSync("/dev/zero", path),
  "a link to all runs": (path) => symlinkSync("..", path),
  "an empty directory": (path) => mkdirSync(path),
};
/** Changes of a copied run. */
const RUN_CHANGES = {
  "as it is": () => {},
  "that is unreadable": (path) => chmodSync(path, 0o000),
  ...(isRoot && { "of another user": (path) => chownAll(path, OTHER_USER_ID) }),
  "with a directory as its journal": (path) => replaced(path, "journal.jsonl", mkdirSync),
};
/** Entries in place of each of a run's own files. */
const FILE_REPLACEMENTS = {
  "a pipe": pipe,
  "a link to a device": (path) => symlinkSync("/dev/zero", path),
  "no file": () => {},
};
for (const name of ["journal.jsonl", "definition.json", "proof", "lease.1", "snapshot.json", "inbox", "logs"])
  for (const [what, make] of Object.entries(FILE_REPLACEMENTS))
    RUN_CHANGES[`with ${what} as ${name}`] = (path) => replaced(path, name, make);

export async function directories({ directory }) {
  const found = [];
  const maker = await Server.start(directory);
  const held = { name: "Held", steps: [{ id: "a", command: "[ -e here ] && exit 0; touch here; exec sleep 100" }] };
  const { workflowId } = await maker.tool("execute_workflow", { workflow: held });
  await maker.tool("monitor_workflow", { workflowId, waitSeconds: 1 });
  await maker.kill(true);
  const runs = join(directory, "state/runs");
  const names = new Map();
  const add = (name, make) => {
    const id = `wf_0000000${String(names.size).padStart(3, "0")}`;
    names.set(id, name);
    make(join(runs, id));
  };
  for (const [name, make] of Object.entries(ODD_ENTRIES)) add(name, make);
  for (const [name, change] of Object.entries(RUN_CHANGES))
    add(`a run ${name}`, (path) => {
      cpSync(join(runs, workflowId), path, { recursive: true });
      change(path);
    });
  for (const name of ["wf_", "x", ".tmp-x", "wf_0000000000.old", "wf_\u202e", "wf_a\nb"])
    writeFileSync(join(runs, name), "x");

  const server = await Server.start(directory);
  const orphan = await server.finished(workflowId);
  if (orphan.status !== "completed") found.push(`the run beside them ended ${orphan.status ?? orphan.error}`);
  const told = new Map();
  for (const [id, name] of names)
    for (const action of ["status", "resume", "logs", "cancel", "briefing"]) {
      const answer = await server.tool("monitor_workflow", { action, workflowId: id });
      const kind =
        answer.error === undefined
          ? `${answer.status ?? "answered"}`
          : (/\((\w+)\)/.exec(answer.error)?.[1] ?? "error");
      told.set(kind, (told.get(kind) ?? 0) + 1);
      if (/internal_error/.test(answer.error ?? "")) found.push(`${action} of ${name}: ${answer.error.slice(0, 160)}`);
      if (answer.status === "completed") found.push(`${name} was executed`);
    }
  const list = await server.tool("monitor_workflow", { action: "list" });
  if (!list.runs?.some((run) => run.workflowId === workflowId)) found.push(`list: ${list.error ?? "without the run"}`);
  const small = { name: "Small", steps: [{ id: "a", command: "echo a" }] };
  const fresh = await server.tool("execute_workflow", { workflow: small });
  const ended = fresh.error === undefined ? await server.finished(fresh.workflowId) : fresh;
  if (ended.status !== "completed") found.push(`a new run: ${ended.status ?? ended.error}`);
  if (server.noise.length > 0) found.push(`unexpected output: ${server.noise[0]}`);
  await server.kill(true);
  for (const id of readdirSync(runs)) if (names.get(id)?.includes("unreadable")) chmodSync(join(runs, id), 0o700);
  const kinds = [...told].map(([kind, count]) => `${count} ${kind}`).join(", ");
  return { much: `${names.size} beside one that resumes, 5 calls about each: ${kinds}`, found };
}

function replaced(run, name, make) {
  rmSync(join(run, name), { recursive: true, force: true });
  make(join(run, name));
}

function chownAll(path, uid) {
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true }))
    chownSync(join(entry.parentPath ?? entry.path, entry.name), uid, uid);
  chownSync(path, uid, uid);
}
