import { spawn } from "node:child_process";
import { findByEnvironment } from "../../src/system/process.ts";

/**
 * Starts a process, and prints the pids that it finds by an environment variable that it has, too. Arguments: name,
 * value.
 */
const [name, value] = process.argv.slice(2) as [string, string];
const child = spawn("/bin/sh", ["-c", "echo up; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
child.stdout.once("data", () => {
  process.stdout.write(JSON.stringify({ child: child.pid, found: findByEnvironment({ [name]: value }) }));
  child.kill("SIGKILL");
});
