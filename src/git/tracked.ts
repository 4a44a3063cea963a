import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { hermeticArgs, hermeticEnvironment } from "./hermetic-settings.ts";

/** Baton gives up on git after this time. */
const GIT_TIMEOUT_MS = 10_000;

/**
 * Returns the first of `entries` in a directory that git tracks, as a path relative to the directory's parent;
 * or the directory itself, if git tracks it as a link.
 * `undefined`: git tracks none, is not installed, or there is no repository.
 * Reads the index only and runs nothing that the repository configures.
 * Blocks: callers ask rarely, before they run anything.
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
