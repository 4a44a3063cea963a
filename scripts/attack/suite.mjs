// Runs tests of the project in their long form.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pause } from "./server.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param long every write and place; it ends when its time is over */
export const suite =
  (folder, long = false) =>
  async ({ directory, until }) => {
    const env = {
      ...process.env,
      BATON_TRUST_KEY: join(directory, "trust-key"),
      ...(long && { BATON_CRASH_ROUNDS: "60" }),
    };
    const args = [join(root, "node_modules/vitest/vitest.mjs"), "run", folder, "--reporter=json"];
    const child = spawn(process.execPath, args, {
      cwd: root,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let said = "";
    child.stdout.on("data", (part) => {
      said += part;
    });
    const closed = once(child, "close");
    const late = Symbol("late");
    const outcome = await Promise.race([closed, pause(Math.max(1, until - Date.now())).then(() => late)]);
    if (outcome === late) {
      // What is under way may not be cut off by killing it: it would leave its own processes behind.
      process.kill(-child.pid, "SIGINT");
      await closed;
      return { much: "as far as the time went", found: [] };
    }
    const report = JSON.parse(said.slice(said.indexOf("{")));
    const failed = report.testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
    );
    return { much: `${report.numTotalTests} tests`, found: failed };
  };
