// What scenarios leave running: steps whose server was killed, owners of their own. Each has the scenario's trust key in its environment.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The processes of a scenario but this one, where the system tells. */
function processesOf(directory) {
  const key = `BATON_TRUST_KEY=${join(directory, "trust-key")}`;
  return pids().filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(key);
    } catch {
      // It is over, or another user's.
      return false;
    }
  });
}

/** Ends them: owners first make new ones when steps die, so until there are none, and not forever. */
export function clear(directory) {
  for (let round = 0; round < 20; round++) {
    const left = processesOf(directory);
    if (left.length === 0) return;
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It was faster.
      }
    }
  }
}

function pids() {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}
