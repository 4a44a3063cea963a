// Bundles an attack program that imports the project's own modules, and starts it as a process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bundle } from "../bundle.mjs";

/** @returns the path of the bundled program, in `directory` */
export async function bundled(name, directory) {
  const outfile = join(directory, `${name}.cjs`);
  await bundle(fileURLToPath(new URL(`${name}.ts`, import.meta.url)), outfile, {
    define: { BATON_VERSION: '"attack"' },
  });
  return outfile;
}

/**
 * Runs a program that writes one line of JSON after each try.
 * A program that writes nothing for `patience` milliseconds counts as hung and is killed.
 * @returns the lines, and `end`: `undefined` after a clean exit, else a sentence
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
