import { existsSync, mkdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { session } from "../rig/session.ts";
import { lines } from "./killing.ts";

const RUNS = 5;
const ran = 'echo "$BATON_STEP_ID.$BATON_ATTEMPT" >> ran.txt';
const workflow = {
  name: "Alone",
  steps: Array.from({ length: 9 }, (_, n) => ({ id: `s${n}`, command: ran })),
  // The steps run in sequence, so that a run can be killed after each of them.
  dependencies: Array.from({ length: 8 }, (_, n) => ({ from: `s${n}`, to: `s${n + 1}` })),
};

/** Waits until reading a directory gives a result. */
async function once<T>(directory: string, look: () => T | undefined): Promise<T> {
  const watcher = watch(directory);
  try {
    return await new Promise<T>((resolve, reject) => {
      const see = () => {
        const seen = look();
        if (seen !== undefined) resolve(seen);
      };
      watcher.on("change", see).on("error", reject);
      see();
    });
  } finally {
    watcher.close();
  }
}

const completed = (journal: readonly string[]) => journal.filter((line) => line.includes('"step_completed"')).length;

/** The process of the latest lease. The first lease belongs to the creator, which hands over the run. */
function ownerOf(run: string): { epoch: number; pid: number } | undefined {
  let epoch = 1;
  while (existsSync(join(run, `lease.${epoch + 1}`))) epoch++;
  const [holder = ""] = readFileSync(join(run, `lease.${epoch}`), "utf8").split("\n");
  return epoch > 1 && holder !== "" ? { epoch, pid: (JSON.parse(holder) as { pid: number }).pid } : undefined;
}

/** A run that has ended meanwhile has no owner left to kill. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

test(`${RUNS} killed detached owners lose no event and repeat no step, and new detached owners go on`, async () => {
  const { directory, state, execute, rpc } = await session("2026-07-28", undefined, { BATON_HEARTBEAT: "200" });
  const killedAfter = async (steps: number) => {
    const cwd = join(directory, `cwd-${steps}`);
    mkdirSync(cwd);
    const { workflowId } = await execute({ workflow, detach: true, cwd });
    const run = join(state, "runs", workflowId);
    const journal = () => lines(join(run, "journal.jsonl"));
    const first = await once(run, () => (completed(journal()) >= steps ? ownerOf(run) : undefined));
    kill(first.pid);
    // The last write may be torn; everything before it was acknowledged.
    const known = journal().slice(0, -1);
    await rpc.until(workflowId, ({ status }) => status !== "running");
    const after = journal();
    expect(after.slice(0, known.length)).toEqual(known);
    expect(after.at(-1)).toContain('"status":"completed"');
    expect(completed(after)).toBe(workflow.steps.length);
    const attempts = lines(join(cwd, "ran.txt"));
    expect(new Set(attempts).size).toBe(attempts.length);
    expect(new Set(attempts.map((attempt) => attempt.split(".")[0])).size).toBe(workflow.steps.length);
    const last = ownerOf(run)!;
    expect(last.pid).not.toBe(rpc.child.pid);
    return last.epoch - first.epoch;
  };
  const handed = await Promise.all(Array.from({ length: RUNS }, (_, n) => killedAfter(n)));
  // A run that finished before its kill does not count. If all did, this would test nothing.
  expect(handed.reduce((sum, epochs) => sum + epochs, 0)).toBeGreaterThan(RUNS / 2);
});
