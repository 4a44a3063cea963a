import { homedir } from "node:os";
import { createBaton } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { FINAL_RUN_STATUSES } from "../../src/model/run.ts";
import { operations } from "../../src/operations/index.ts";
import { perform } from "../../src/operations/perform.ts";
import { storeIn } from "../rig/store.ts";
import { dying } from "./dying.ts";
import { perform as performTasks, type Task } from "./tasks.ts";

/** Owns a run, and dies at a chosen write. */
async function carryOut({ state, file, where, which }: Task): Promise<void> {
  const config = readConfig({ flags: { state }, environment: process.env, cwd: process.cwd(), home: homedir() });
  const store = storeIn(state, { staleAfter: config.staleAfter });
  const baton = createBaton({ ...config, maxParallel: 3 }, "serve", {
    environment: process.env,
    version: "test",
    self: [],
    store: dying(store, state, where, which),
  });
  // Child runs are adopted by their parent, or as orphans.
  let id: string | undefined;
  for (const each of store.list()) if (!(await baton.engine.observe(each))?.state.parent) id ??= each;
  if (id === undefined) {
    const started = await perform(operations["run.execute"], { file }, baton);
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    id = (started.value as { workflowId: string }).workflowId;
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
