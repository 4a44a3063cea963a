import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { baton, scratch } from "../rig/baton.ts";
import { Rpc } from "../rig/rpc.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/stored-runs");
const formats = readdirSync(FOLDER).filter((name) => name.startsWith("format-"));

/** Copies a stored run into a new directory, in the state in which its killed owner left it. */
function store(format: string) {
  const cwd = scratch();
  const read = (file: string) => readFileSync(join(FOLDER, format, file), "utf8").replaceAll("@CWD@", cwd);
  const journal = read("journal.jsonl");
  const id = (JSON.parse(journal.slice(0, journal.indexOf("\n"))) as { workflowId: string }).workflowId;
  const directory = join(cwd, ".baton/runs", id);
  for (const folder of ["inbox", "logs"]) mkdirSync(join(directory, folder), { recursive: true, mode: 0o700 });
  for (const file of readdirSync(join(FOLDER, format))) {
    writeFileSync(join(directory, file), read(file));
    // The owner's last heartbeat is old.
    utimesSync(join(directory, file), 0, 0);
  }
  return { cwd, id };
}

test.each(formats)("a run stored in %s is foreign, and resumes to its end after baton trust", async (format) => {
  const { cwd, id } = store(format);
  const before = JSON.parse((await baton(cwd, ["status", id, "--json"])).stdout);
  expect(before.status).toBe("foreign");
  expect(await baton(cwd, ["resume", id])).toMatchObject({ code: 4 });

  expect(await baton(cwd, ["trust", id, "--yes"])).toMatchObject({ code: 0 });
  writeFileSync(join(cwd, "go"), "");
  const rpc = await Rpc.start(cwd, "2026-07-28", { env: { BATON_HEARTBEAT: "200" } });
  onTestFinished(() => rpc.kill());
  await rpc.data("monitor_workflow", { action: "resume", workflowId: id });
  // The assignment lease of the worker that had this step has expired.
  await rpc.until(id, (run) => run.ready.some(({ stepId }: { stepId: string }) => stepId === "two"));
  const accepted = await rpc.data("handoff", { action: "accept", workflowId: id, stepId: "two" });
  const [{ assignment, text }] = accepted.assignments;
  expect(text).toContain("do two");
  await rpc.data("handoff", { action: "complete", assignment, output: "done two" });
  const run = await rpc.until(id, (seen) => seen.success !== undefined);

  expect(run.status).toBe("completed");
  const steps = Object.fromEntries(run.steps.map((step: { id: string }) => [step.id, step]));
  // Finished steps are unchanged and not repeated.
  expect(steps.first).toMatchObject({ status: "completed", attempt: 1, output: "1", evidence: "observed" });
  expect(steps.second).toMatchObject({ status: "failed", attempt: 2, exitCode: 3 });
  expect(steps.plan).toMatchObject({ status: "completed", attempt: 1, evidence: "reported" });
  expect(steps.review).toMatchObject({ status: "completed", attempt: 1, output: "fine", evidence: "checked" });
  expect(steps.one).toMatchObject({ status: "completed", attempt: 2, output: "done one" });
  // A step that was running when the owner was killed starts again.
  expect(steps.slow).toMatchObject({ status: "completed", attempt: 2 });
  expect(steps.last).toMatchObject({ status: "completed", output: "all" });
});
