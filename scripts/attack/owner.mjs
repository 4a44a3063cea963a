// Who owns a run: its highest lease tells, and the system whether that process is one of Baton's own for this run.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The latest lease: whose it is, if that is written down yet. */
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

/** A number that was a process's may be another's by now. Only a process of this scenario is killed. */
export function isOwnerOf(pid, id) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(id);
  } catch {
    return false;
  }
}
