import { appendFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { createBaton } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import type { RunView } from "../../src/model/view.ts";
import { perform } from "../../src/operations/define.ts";
import { operations } from "../../src/operations/index.ts";
import { createFileStore } from "../../src/store/file/index.ts";
import { dying, type Where } from "./dying.ts";

/**
 * A process that owns a run and does the work of its agents, too; it dies at a chosen write. What it was answered it notes in acknowledged.txt.
 * Arguments as those of `owner.ts`.
 */
const [state, file, where, which] = process.argv.slice(2) as [string, string, Where, string];

/** What its planner plans. */
const PLAN = ["x", "y", "z"].map((id) => ({
  id,
  verify: `echo ${id} >> checks.txt`,
  after: id === "z" ? ["x", "y"] : [],
}));

async function main() {
  const config = readConfig({ flags: { state }, environment: process.env, cwd: process.cwd(), home: homedir() });
  const store = createFileStore({ directory: state, staleAfter: config.staleAfter, now: Date.now });
  const baton = createBaton(config, "serve", {
    environment: process.env,
    version: "test",
    self: [],
    store: dying(store, state, where, Number(which)),
  });
  async function ask(name: keyof typeof operations, given: object): Promise<never> {
    const answer = await perform(operations[name] as (typeof operations)["run.status"], given, baton);
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    return answer.value as never;
  }
  const acknowledged = (what: object) => appendFileSync("acknowledged.txt", `${JSON.stringify(what)}\n`);

  let workflowId = store.list()[0];
  if (workflowId === undefined) ({ workflowId } = (await ask("run.execute", { file })) as { workflowId: string });
  baton.watch();

  /** What it holds it goes on with, even if the process that accepted it is dead. */
  async function deliver({ id, assignment }: RunView["activeSteps"][number], run: RunView): Promise<void> {
    if (id === "helper") {
      await ask("handoff.fail", { assignment, reason: "no pen" });
      return acknowledged({ failed: assignment, step: id });
    }
    const step = run.steps.find((each) => each.id === id)!;
    // It learns only from the checks that the file is wanted.
    if (step.error) writeFileSync("made.txt", "made\n");
    const output = { by: process.pid, try: step.attempt, ...(id === "plan" && { steps: PLAN }) };
    await ask("handoff.complete", { assignment, output, context: { said: id } });
    acknowledged({ completed: assignment, step: id, output });
  }

  for (;;) {
    const run: RunView = await ask("run.status", { workflowId, detail: "full" });
    if (run.success !== undefined) break;
    const held = run.activeSteps.find(({ assignment }) => assignment !== undefined);
    if (held) await deliver(held, run);
    else if (run.ready.length > 0) {
      const { assignments } = (await ask("handoff.accept", { workflowId, worker: "w" })) as {
        assignments: { assignment: string; stepId: string }[];
      };
      for (const { assignment, stepId } of assignments) acknowledged({ accepted: assignment, step: stepId });
    } else await baton.engine.changed(workflowId, run.rev, 10_000);
  }
  baton.leave();
}

void main();
