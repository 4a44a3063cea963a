import { appendFileSync, writeFileSync } from "node:fs";
import type { RunView } from "../../src/model/view.ts";
import { dyingBaton } from "./dying-baton.ts";
import { perform as performTasks, type Task } from "./tasks.ts";

/** The plan of its planner. */
const PLAN = ["x", "y", "z"].map((id) => ({
  id,
  verify: `echo ${id} >> checks.txt`,
  after: id === "z" ? ["x", "y"] : [],
}));

/** A plan that waits for the person. */
const UNSURE = {
  ...{ goal: "g", summary: "s", scope: { in: [], out: [] }, confidence: 0.2 },
  steps: [{ id: "x", title: "X", work: "do it", verify: ["test -e x.txt"] }],
};

/**
 * Owns a run and does the work of its agents; dies at a chosen write. Writes the answers that it gets to
 * acknowledged.txt.
 */
async function carryOut(task: Task): Promise<void> {
  const { baton, store, ask } = dyingBaton(task);
  const acknowledged = (what: object) => appendFileSync("acknowledged.txt", `${JSON.stringify(what)}\n`);

  let workflowId = store.list()[0];
  if (workflowId === undefined)
    ({ workflowId } = (await ask("run.execute", { file: task.file })) as { workflowId: string });
  baton.watch();

  /** Goes on with a held assignment, even if the process that accepted it is dead. */
  async function deliver({ id, assignment }: RunView["activeSteps"][number], run: RunView): Promise<void> {
    if (id === "helper") {
      await ask("handoff.fail", { assignment, reason: "no pen" });
      return acknowledged({ failed: assignment, step: id });
    }
    const step = run.steps.find((each) => each.id === id)!;
    if (id === "plan" && step.attempt === 1 && run.name !== "Approval") {
      await ask("handoff.ask", { assignment, questions: ["Which?"] });
      return acknowledged({ asked: assignment, step: id });
    }
    // Only the failed check tells the builder that the file is needed.
    if (step.error) writeFileSync("made.txt", "made\n");
    const plan = run.name === "Approval" ? UNSURE : { steps: PLAN };
    const output = { by: process.pid, try: step.attempt, ...(id === "plan" && plan) };
    await ask("handoff.complete", { assignment, output, context: { said: id } });
    acknowledged({ completed: assignment, step: id, output });
  }

  for (;;) {
    const run: RunView = await ask("run.status", { workflowId, detail: "full" });
    if (run.success !== undefined) break;
    const held = run.activeSteps.find(({ assignment }) => assignment !== undefined);
    const [open] = run.questions;
    if (held) await deliver(held, run);
    else if (open) {
      const { stepId, round, questions } = open;
      const said = questions[0]!.id === "build" && round > 1 ? "yes" : "this";
      await ask("handoff.answer", { workflowId, stepId, answers: [said] });
      acknowledged({ answered: said, step: stepId });
    } else if (run.ready.length > 0) {
      const { assignments } = (await ask("handoff.accept", { workflowId, worker: "w" })) as {
        assignments: { assignment: string; stepId: string }[];
      };
      for (const { assignment, stepId } of assignments) acknowledged({ accepted: assignment, step: stepId });
    } else await baton.engine.changed(workflowId, run.rev, 10_000);
  }
  baton.leave();
}

void performTasks(carryOut);
