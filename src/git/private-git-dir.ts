import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PrivateGitDir } from "./command.ts";
import type { WorkTreeLocation } from "./place.ts";

/** The temporary directory of one operation. */
export interface Scratch {
  readonly directory: string;
  /** Reads and writes files without conversion, whatever attributes say. */
  readonly exact: PrivateGitDir;
  /** Converts line endings and encodings as the repository's attributes say. Runs no filter. */
  readonly converting: PrivateGitDir;
}

/** `info/attributes` overrides every attributes file in the work tree. */
const AS_THEY_ARE = "* -text !eol -ident !filter !working-tree-encoding -diff -merge\n";

/** Settings that describe files and run nothing. Baton copies no others. */
const OF_FILES = new Set([
  "core.filemode",
  "core.symlinks",
  "core.ignorecase",
  "core.precomposeunicode",
  "core.trustctime",
  "core.checkstat",
  "core.sharedrepository",
  "core.excludesfile",
]);
const OF_CONVERSION = new Set(["core.autocrlf", "core.eol", "core.attributesfile"]);

/** The repository settings that Baton reads. */
export const CARRIED = [...OF_FILES, ...OF_CONVERSION, "extensions.objectformat"];

/** Creates the private git directories of an operation in `directory`. */
export async function setUp(place: WorkTreeLocation, directory: string): Promise<Scratch> {
  const said = (names: ReadonlySet<string>) =>
    [...place.settings].filter(([name]) => names.has(name)).map(([name, value]) => `${name}=${value}`);
  const exact = { name: "exact.git", settings: said(OF_FILES) };
  const converting = { name: "converting.git", settings: said(new Set([...OF_FILES, ...OF_CONVERSION])) };
  const made = await Promise.all([exact, converting].map((one) => makeApart(place, directory, one)));
  await writeFile(join(made[0]!.gitDir, "info/attributes"), AS_THEY_ARE, { mode: 0o600 });
  await symlink(join(place.common, "info/attributes"), join(made[1]!.gitDir, "info/attributes"));
  return { directory, exact: made[0]!, converting: made[1]! };
}

async function makeApart(
  place: WorkTreeLocation,
  directory: string,
  { name, settings }: { readonly name: string; readonly settings: readonly string[] },
): Promise<PrivateGitDir> {
  const gitDir = join(directory, name);
  for (const each of ["", "refs", "info"]) await mkdir(join(gitDir, each), { mode: 0o700 });
  const format = place.settings.get("extensions.objectformat");
  const extensions = format === undefined ? "" : `[extensions]\n\tobjectFormat = ${JSON.stringify(format)}\n`;
  const version = format === undefined ? 0 : 1;
  await writeFile(join(gitDir, "config"), `[core]\n\trepositoryFormatVersion = ${version}\n${extensions}`);
  await writeFile(join(gitDir, "HEAD"), "ref: refs/heads/none\n");
  await symlink(join(place.common, "info/exclude"), join(gitDir, "info/exclude"));
  // A split index names its shared part relative to the git directory.
  for (const part of await readdir(place.gitDir)) {
    if (part.startsWith("sharedindex.")) await symlink(join(place.gitDir, part), join(gitDir, part));
  }
  return { gitDir, objects: join(place.common, "objects"), settings };
}
