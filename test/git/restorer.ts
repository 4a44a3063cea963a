import fs from "node:fs/promises";
import { restoreCode } from "../../src/git/restore.ts";
import { systemScheduler } from "../../src/system/scheduler.ts";

/**
 * Restores, and dies by SIGKILL at the n-th file it is about to delete or to put in its place. Arguments: the snapshot
 * as JSON, whether to force, n.
 */
const [code, force, n] = process.argv.slice(2) as [string, string, string];
let touched = 0;

function dying<A extends unknown[]>(act: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
  return (...args) => {
    if (++touched === Number(n)) process.kill(process.pid, "SIGKILL");
    return act(...args);
  };
}
fs.rename = dying(fs.rename);
fs.unlink = dying(fs.unlink);

void restoreCode(
  JSON.parse(code),
  { force: force === "force", now: 1 },
  { environment: process.env, scheduler: systemScheduler },
).then((result) => {
  process.stdout.write(JSON.stringify(result));
});
