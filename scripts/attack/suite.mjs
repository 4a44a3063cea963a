// Runs tests of the project, in their long form if they have one, until the time is over. Reports the tests that did
// not end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const reporter = fileURLToPath(new URL("reporter.mjs", import.meta.url));
/** The time that the test runner has to exit after SIGINT. */
const EXIT_GRACE_MS = 5000;

/** @param long whether crash tests kill at every write and place */
export const suite =
  (folder, long = false) =>
  async ({ directory, until }) => {
    // The tests' temporary files are in the scenario's directory and are removed with it.
    const temporary = join(directory, "tmp");
    mkdirSync(temporary);
    const env = {
      ...process.env,
      TMPDIR: temporary,
      BATON_TRUST_KEY: join(directory, "trust-key"),
      ...(long && { BATON_CRASH_ROUNDS: "60" }),
    };
    const args = [join(root, "node_modules/vitest/vitest.mjs"), "run", folder, `--reporter=${reporter}`];
    const stdio = ["ignore", "pipe", "ignore"];
    const child = spawn(process.execPath, args, { cwd: root, env, detached: true, stdio });
    const seen = { files: undefined, open: new Set(), begun: new Set(), ended: 0, found: [], over: false };
    createInterface({ input: child.stdout }).on("line", (line) => hear(seen, line));
    const closed = once(child, "close");
    const timers = [
      setTimeout(() => end(child, "SIGINT"), Math.max(1, until - Date.now())),
      setTimeout(() => end(child, "SIGKILL"), Math.max(1, until - Date.now()) + EXIT_GRACE_MS),
    ];
    const [code, signal] = await closed;
    const late = Date.now() >= until;
    for (const timer of timers) clearTimeout(timer);
    return judged(seen, late, signal ?? code);
  };

/** Reads a line of the reporter. Other lines are output of the tests. */
function hear(seen, line) {
  let told;
  try {
    told = JSON.parse(line);
  } catch {
    return;
  }
  const { files, begun, ended, state, file, over, why } = told ?? {};
  if (files) seen.open = new Set(files);
  if (files) seen.files = files.length;
  if (begun) seen.begun.add(begun);
  if (ended) {
    seen.begun.delete(ended);
    if (state !== "skipped") seen.ended++;
    if (state === "failed") seen.found.push(`${ended}: ${why}`);
  }
  if (file) seen.open.delete(file);
  if (file && why) seen.found.push(`${relative(root, file)}: ${why}`);
  if (over) seen.over = true;
  if (over && why) seen.found.push(why);
}

function judged({ files, open, begun, ended, found, over }, late, how) {
  const much = `${ended} tests of ${files ?? "no"} files`;
  if (over && !late) return { much, found };
  // The runner exited early without finishing the tests.
  if (!late) return { much, found: [...found, `the runner ended with ${how}`] };
  const missed = [...open].map((file) => relative(root, file));
  if (begun.size > 0)
    missed.push(`the end of these started tests: ${[...begun].map((name) => `"${name}"`).join(", ")}`);
  return { much, found, missed: missed.length > 0 || over ? missed : ["all tests"] };
}

function end(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The process has already ended.
  }
}
