import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { FINAL_RUN_STATUSES } from "../../src/model/run.ts";
import type { RunView } from "../../src/model/view.ts";
import { dyingBaton } from "./dying-baton.ts";
import { perform as performTasks, type Task } from "./tasks.ts";

const DONE = "acknowledged.txt";

/**
 * Executes a run, restarts it, makes a checkpoint, restores run and code, and forks it; dies at a chosen write. The
 * process that goes on knows which requests were answered, as their sender would, and repeats the others.
 */
async function carryOut(task: Task): Promise<void> {
  const { baton, store, ask } = dyingBaton(task);
  const answered = new Map<string, string>(
    existsSync(DONE)
      ? readFileSync(DONE, "utf8")
          .trim()
          .split("\n")
          .map((line) => line.split(" ") as [string, string])
      : [],
  );
  /** Sends a request unless it was answered already. */
  async function once(what: string, act: () => Promise<string>): Promise<string> {
    const known = answered.get(what);
    if (known !== undefined) return known;
    const value = await act();
    appendFileSync(DONE, `${what} ${value}\n`);
    return value;
  }

  /** Does the work of a run's agents until the run ends. */
  async function finish(workflowId: string): Promise<string> {
    for (;;) {
      const run: RunView = await ask("run.status", { workflowId, detail: "full" });
      if (FINAL_RUN_STATUSES.has(run.status)) return run.status;
      const held = run.activeSteps.find(({ assignment }) => assignment !== undefined);
      if (run.status === "paused") await ask("run.resume", { workflowId });
      else if (held) await ask("handoff.complete", { assignment: held.assignment, output: "told" });
      else if (run.ready.length > 0) await ask("handoff.accept", { workflowId, worker: "w" });
      else await baton.engine.changed(workflowId, run.rev, 10_000);
    }
  }

  const key = "returning";
  const id = await once("execute", async () => {
    const { workflowId } = (await ask("run.execute", { file: task.file, idempotencyKey: key })) as {
      workflowId: string;
    };
    return workflowId;
  });
  baton.watch();
  await once("finish", () => finish(id));
  await once("restart", async () => {
    await ask("run.restart", { workflowId: id });
    return id;
  });
  await once("again", () => finish(id));
  const checkpointId = await once("checkpoint", async () => {
    const { checkpoints } = (await ask("checkpoint.list", { workflowId: id })) as {
      checkpoints: { checkpointId: string; code?: object }[];
    };
    return checkpoints.findLast(({ code }) => code !== undefined)!.checkpointId;
  });
  await once("restore", async () => {
    await ask("checkpoint.restore", { checkpointId, scope: "both", force: true });
    return checkpointId;
  });
  await once("forward", () => finish(id));
  const fork = await once("fork", async () => {
    const { workflowId } = (await ask("checkpoint.fork", { checkpointId })) as { workflowId: string };
    return workflowId;
  });
  await once("forked", () => finish(fork));
  for (const each of store.list()) await finish(each);
  baton.leave();
}

void performTasks(carryOut);
