// Finds the owner of a run: the latest lease names its process, and /proc shows whether this process works on the run.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The latest lease, with its owner's process id if that is written already. */
export function leaseOf(home, id) {
  let epoch = 0;
  const path = (n) => join(home, "state/runs", id, `lease.${n}`);
  while (existsSync(path(epoch + 1))) epoch++;
  const [first = ""] = epoch === 0 ? [] : readFileSync(path(epoch), "utf8").split("\n");
  try {
    return { epoch, pid: JSON.parse(first).pid };
  } catch {
    return { epoch };
  }
}

/**
 * Whether the process works on this run. A process id may be in use again by another program, which must not be killed.
 */
export function isOwnerOf(pid, id) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(id);
  } catch {
    return false;
  }
}
