// Bundles a program of the attack that works with the project's own modules, and starts it as a process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundle } from "../bundle.mjs";

/** @returns the path of a program that node can run, in `directory` */
export async function bundled(name, directory) {
  const outfile = join(directory, `${name}.cjs`);
  await bundle(`scripts/attack/${name}.ts`, outfile);
  return outfile;
}

/**
 * Runs a program that writes a line of JSON whenever a try is over. One that says nothing for `patience` milliseconds hangs, and is killed.
 * @returns what it told, and how it ended: `undefined` as it should, else in words
 */
export async function tries(program, args, { env, cwd, patience }) {
  const child = spawn(process.execPath, [program, ...args], { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  const told = [];
  let [hung, stderr] = [false, ""];
  const giveUp = () => {
    hung = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(giveUp, patience);
  child.stderr.on("data", (part) => {
    stderr = (stderr + part).slice(-400);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, patience);
    told.push(JSON.parse(line));
  });
  const [code, signal] = await once(child, "close");
  clearTimeout(timer);
  const after = `after ${told.at(-1)?.name ?? "nothing"}`;
  if (hung) return { told, end: `no answer in ${patience} ms ${after}` };
  return { told, end: code === 0 ? undefined : `ended with ${signal ?? code} ${after}: ${stderr}` };
}
