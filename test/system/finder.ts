import { spawn } from "node:child_process";
import { findByEnvironment } from "../../src/system/process.ts";

/** Starts a process, and says which ones it finds that carry a variable as it does itself. Arguments: the variable's name and value. */
const [name, value] = process.argv.slice(2) as [string, string];
const child = spawn("/bin/sh", ["-c", "echo up; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
child.stdout.once("data", () => {
  process.stdout.write(JSON.stringify({ child: child.pid, found: findByEnvironment({ [name]: value }) }));
  child.kill("SIGKILL");
});
