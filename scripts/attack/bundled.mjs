// Bundles an attack program that uses the project's modules, and runs it as a process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundle } from "../bundle.mjs";

/** @returns the path of the bundled program in `directory` */
export async function bundled(name, directory) {
  const outfile = join(directory, `${name}.cjs`);
  await bundle(`scripts/attack/${name}.ts`, outfile);
  return outfile;
}

/**
 * Runs a program that writes a line of JSON after each try. Kills it if it writes nothing for `timeoutMs`.
 * @returns its lines, and how it ended: `undefined` for exit code 0, otherwise a text
 */
export async function tries(program, args, { env, cwd, timeoutMs }) {
  const child = spawn(process.execPath, [program, ...args], { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  const told = [];
  let [hung, stderr] = [false, ""];
  const giveUp = () => {
    hung = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(giveUp, timeoutMs);
  child.stderr.on("data", (part) => {
    stderr = (stderr + part).slice(-400);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, timeoutMs);
    told.push(JSON.parse(line));
  });
  const [code, signal] = await once(child, "close");
  clearTimeout(timer);
  const after = `after ${told.at(-1)?.name ?? "nothing"}`;
  if (hung) return { told, end: `no answer in ${timeoutMs} ms ${after}` };
  return { told, end: code === 0 ? undefined : `ended with ${signal ?? code} ${after}: ${stderr}` };
}
