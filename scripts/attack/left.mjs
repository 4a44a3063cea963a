// Kills the processes that a scenario leaves: steps of killed servers, and detached owners. The trust key in their
// environment identifies them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The processes of a scenario except this one, if the system has /proc. */
function processesOf(directory) {
  const key = `BATON_TRUST_KEY=${join(directory, "trust-key")}`;
  return pids().filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(key);
    } catch {
      // The process has ended, or belongs to another user.
      return false;
    }
  });
}

/** Kills all processes of a scenario. Owners start new steps when steps die, so this takes up to 20 rounds. */
export function clear(directory) {
  for (let round = 0; round < 20; round++) {
    const left = processesOf(directory);
    if (left.length === 0) return;
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // The process has already ended.
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
