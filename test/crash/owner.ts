import { FINAL_RUN_STATUSES } from "../../src/model/run.ts";
import { dyingBaton } from "./dying-baton.ts";
import { perform as performTasks, type Task } from "./tasks.ts";

/** Owns a run, and dies at a chosen write. */
async function carryOut(task: Task): Promise<void> {
  const { baton, store, ask } = dyingBaton(task, { maxParallel: 3 });
  // Child runs are adopted by their parent, or as orphans.
  let id: string | undefined;
  for (const each of store.list()) if (!(await baton.engine.observe(each))?.state.parent) id ??= each;
  if (id === undefined) {
    ({ workflowId: id } = await ask<{ workflowId: string }>("run.execute", { file: task.file }));
  }
  baton.watch();
  for (let rev = -1; ; ) {
    const { state } = (await baton.engine.observe(id))!;
    if (FINAL_RUN_STATUSES.has(state.status)) break;
    rev = state.rev;
    await baton.engine.changed(id, rev, 10_000);
  }
  baton.leave();
}

void performTasks(carryOut);
