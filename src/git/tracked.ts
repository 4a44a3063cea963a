import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { hermeticArgs, hermeticEnvironment } from "./hermetic-settings.ts";

/** How long git may take to say so, in milliseconds. */
const GIT_TIMEOUT_MS = 10_000;

/**
 * The first of some entries of a directory that git tracks, as a path from where the directory lies; the directory itself, if it is tracked as
 * a link. `undefined`: none is, or there is no repository, or no git. Reads the index alone, and runs nothing of the repository's
 * configuration. Waits for git: it is asked rarely, and before anything may happen.
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
    const listed = execFileSync(
      "git",
      hermeticArgs(["ls-files", "-z", "--stage", "--", ...paths], ["safe.directory=*"]),
      {
        cwd: parent,
        env: hermeticEnvironment(environment),
        timeout: GIT_TIMEOUT_MS,
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    // Everything below the name is listed, and the name itself only if it is no directory.
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
