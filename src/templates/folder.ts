import { readdirSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { TEMPLATE_NAME, TEMPLATE_NAME_RULE, type TemplateSource } from "../model/contracts/templates.ts";
import { groupDigits } from "../model/text/format.ts";
import { VERSION } from "../model/version.ts";
import { readRegularFile } from "../system/file.ts";

/** A directory whose YAML and JSON files are templates. */
export interface Folder {
  readonly directory: string;
  readonly source: TemplateSource;
  /** Files may be links to anywhere inside this directory. Absent: to anywhere. */
  readonly within?: string;
}

/** A file that may be a template. */
export interface Candidate {
  readonly path: string;
  readonly name: string;
  /** The name and version that the file name states. */
  readonly version?: string;
  /** The file's real path. */
  readonly realPath: string;
  readonly text: string;
}

/** Larger files are no templates. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** How many files of a directory are looked at. */
const MAX_FILES = 1_000;
/** How many bytes of a directory are read, the smallest files first, so that no large file keeps others out. */
const MAX_TOTAL_BYTES = 1_500_000;

/** The candidates in a folder, by name. With `name`, only files of that name are opened. */
export function candidatesIn(folder: Folder, name?: string): (Candidate | { path: string; message: string })[] {
  let names: string[];
  try {
    names = readdirSync(folder.directory);
  } catch {
    // The folder is optional.
    return [];
  }
  const files = names.filter((file) => !file.startsWith(".") && /\.(ya?ml|json)$/i.test(file)).sort();
  const meant = files
    .slice(0, MAX_FILES)
    .filter((file) => name === undefined || partsOf(file)[0]!.toLowerCase() === name.toLowerCase());
  const beyond = tooMany(meant, folder.directory);
  return meant.map((file) => {
    const path = join(folder.directory, file);
    const [stem = "", version, ...more] = partsOf(file);
    if (!TEMPLATE_NAME.test(stem)) return { path, message: `is called like no template. ${TEMPLATE_NAME_RULE}` };
    if (more.length > 0 || (version !== undefined && !VERSION.test(version)))
      return { path, message: "has something else than a version, as in 1.2.0, after the @ in its name" };
    if (beyond.has(file))
      return {
        path,
        message: `is not read: with the smaller files beside it, it is more than ${groupDigits(MAX_TOTAL_BYTES)} bytes`,
      };
    const read = open(path, folder);
    return "message" in read
      ? { path, ...read }
      : { path, name: stem, ...(version !== undefined && { version }), ...read };
  });
}

/** The name, and the version that follows it. */
const partsOf = (file: string): string[] => file.replace(/\.[a-z]+$/i, "").split("@");

/** Files beyond the bound, after the smaller ones. A single file may be as large as one file may be. */
function tooMany(files: readonly string[], directory: string): Set<string> {
  const sizes = files
    .map((file) => ({ file, size: sizeOf(join(directory, file)) }))
    .sort((left, right) => left.size - right.size);
  const beyond = new Set<string>();
  let all = 0;
  for (const [at, { file, size }] of sizes.entries()) {
    all += size;
    if (at > 0 && all > MAX_TOTAL_BYTES) beyond.add(file);
  }
  return beyond;
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    // Opening the file gives the reason.
    return 0;
  }
}

function open(path: string, { within }: Folder): { text: string; realPath: string } | { message: string } {
  let realPath: string;
  try {
    realPath = realpathSync(path);
    if (within !== undefined && !realPath.startsWith(realpathSync(within) + sep))
      return { message: "is a link that leads out of the project" };
  } catch (error) {
    return { message: (error as Error).message };
  }
  const read = readRegularFile(realPath, MAX_FILE_BYTES);
  if ("message" in read) return { message: read.reason === "not_a_file" ? "is not a regular file" : read.message };
  return { text: new TextDecoder().decode(read.bytes), realPath };
}
