import { appendFileSync } from "node:fs";
import type { RunView } from "../../src/model/view.ts";
import { dyingBaton } from "./dying-baton.ts";
import { perform as performTasks, type Task } from "./tasks.ts";

/**
 * Owns a run and does the work of two agents that tell each other things, take over and amend; dies at a chosen write.
 * Each look at the run says what is still to be done, so any process can go on. Writes the answers that it gets to
 * acknowledged.txt.
 */
async function carryOut(task: Task): Promise<void> {
  const { baton, store, ask } = dyingBaton(task);
  const acknowledged = (what: object) => appendFileSync("acknowledged.txt", `${JSON.stringify(what)}\n`);

  let workflowId = store.list()[0];
  if (workflowId === undefined)
    ({ workflowId } = await ask<{ workflowId: string }>("run.execute", { file: task.file }));
  baton.watch();

  type Accepted = { assignments: { assignment: string; text: string }[] };
  const accept = async (stepId: string, worker: string, more: object = {}) => {
    const answer = await ask<Accepted>("handoff.accept", { workflowId, stepId, worker, ...more });
    const [{ assignment, text }] = answer.assignments as [Accepted["assignments"][number]];
    acknowledged({ accepted: assignment, step: stepId, text });
  };
  const read = async (assignment: string, part: string) =>
    (await ask<{ text: string }>("handoff.read", { assignment, part })).text;

  async function plan(run: RunView, step: RunView["steps"][number]): Promise<void> {
    const assignment = run.activeSteps.find(({ id }) => id === "plan")?.assignment;
    if (step.status === "completed") {
      const { token: delivered } = (await tokenOf("plan"))!;
      await ask("handoff.amend", { assignment: delivered, output: { v: 2 }, notes: "better" });
      return acknowledged({ amended: delivered });
    }
    if (assignment === undefined) return accept("plan", "ann");
    if (step.attempt === 1) {
      await ask("handoff.progress", { assignment, task: "half of it", notes: { text: "a trap", kind: "trap" } });
      acknowledged({ told: "a trap" });
      return accept("plan", "bob", { takeOver: "ann is gone", assignment });
    }
    acknowledged({ trace: await read(assignment, "trace") });
    await ask("handoff.complete", { assignment, output: { v: 1 }, notes: "good" });
    acknowledged({ completed: assignment });
  }

  const tokenOf = async (stepId: string) => {
    const { plan, state } = (await baton.engine.observe(workflowId!))!;
    return state.steps[plan.indexOf.get(stepId)!]!.lease;
  };

  for (;;) {
    const run: RunView = await ask("run.status", { workflowId, detail: "full" });
    if (run.success !== undefined) break;
    const [first, second] = run.steps as [RunView["steps"][number], RunView["steps"][number]];
    const held = run.activeSteps.find(({ id }) => id === "build")?.assignment;
    if (first.status === "reported") await baton.engine.changed(workflowId, run.rev, 10_000);
    else if (first.status !== "completed" || (first.output as { v: number }).v === 1) await plan(run, first);
    else if (held !== undefined) {
      acknowledged({ notes: await read(held, "notes"), input: await read(held, "input") });
      await ask("handoff.complete", { assignment: held, output: "built" });
    } else if (second.status === "ready") await accept("build", "cid");
    else await baton.engine.changed(workflowId, run.rev, 10_000);
  }
  baton.leave();
}

void performTasks(carryOut);
