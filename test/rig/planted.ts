import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A run as another user would write it: its definition, and a journal with one event. */
export function plantRun(state: string, id: string, command: string, at = Date.now()): void {
  const run = join(state, "runs", id);
  mkdirSync(join(run, "inbox"), { recursive: true });
  mkdirSync(join(run, "logs"));
  const step = { id: "evil", name: "evil", type: "command", config: { command } };
  const common = { onCrash: "retry", optional: false, retry: { retries: 0, delay: 1000, multiplier: 1 } };
  const workflow = { name: "Innocent", steps: [{ ...step, ...common }], dependencies: [], context: {} };
  const definition = { workflow, parameters: {}, context: {} };
  const created = {
    ...{ at, epoch: 1, type: "run_created", format: 4, workflowId: id, name: "Innocent" },
    ...{ mode: "parallel", maxParallel: 2, cwd: join(state, ".."), durability: "process" },
  };
  writeFileSync(join(run, "definition.json"), JSON.stringify(definition));
  writeFileSync(join(run, "journal.jsonl"), `${JSON.stringify(created)}\n`);
}
