import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { quiet, quietly } from "./hermetic-settings.ts";

/** How long git may take, in milliseconds. */
const PATIENCE = 10_000;

/**
 * The first of some entries of a directory that git tracks, as a path from the directory's parent; the directory
 * itself if git tracks it as a link. `undefined` if git tracks none, or there is no repository or no git. Reads only
 * the index, and runs nothing of the repository's configuration. Waits for git: Baton asks rarely, before anything
 * else.
 */
export function trackedIn(
  directory: string,
  entries: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const parent = dirname(directory);
  if (!inRepository(parent)) return undefined;
  const name = basename(directory);
  const paths = [...entries.map((entry) => `:(literal)${join(name, entry)}`), `:(literal)${name}`];
  try {
    const listed = execFileSync("git", quiet(["ls-files", "-z", "--stage", "--", ...paths], ["safe.directory=*"]), {
      cwd: parent,
      env: quietly(environment),
      timeout: PATIENCE,
      stdio: ["ignore", "pipe", "ignore"],
    });
    // Git lists everything below the name, and the name itself only if it is no directory.
    const tracked = listed
      .toString("utf8")
      .split("\0")
      .flatMap((line) => line.split("\t")[1] ?? []);
    return tracked.find((path) => path === name || entries.some((entry) => path.startsWith(join(name, entry))));
  } catch {
    return undefined;
  }
}

function inRepository(directory: string): boolean {
  if (existsSync(join(directory, ".git"))) return true;
  return dirname(directory) !== directory && inRepository(dirname(directory));
}
