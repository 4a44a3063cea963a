import { readdirSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { TEMPLATE_NAME, TEMPLATE_NAME_RULE, type TemplateSource } from "../model/library.ts";
import { VERSION } from "../model/version.ts";
import { readRegularFile } from "../os/file.ts";

/** A directory whose YAML and JSON files are templates. */
export interface Folder {
  readonly directory: string;
  readonly source: TemplateSource;
  /** Files may be links to anywhere inside this directory; absent: to anywhere. */
  readonly within?: string;
}

/** A file that may be a template. */
export interface Candidate {
  readonly path: string;
  readonly name: string;
  /** As its file name says it. */
  readonly version?: string;
  /** Where the file really is. */
  readonly realPath: string;
  readonly text: string;
}

/** Larger files are no templates. */
const LARGEST_FILE = 8 * 1024 * 1024;
/** Files looked at in one directory. */
const MOST_FILES = 1_000;

/** The candidates in a folder, by name; with `name`, those of that name alone are opened. */
export function candidatesIn(folder: Folder, name?: string): (Candidate | { path: string; message: string })[] {
  let names: string[];
  try {
    names = readdirSync(folder.directory);
  } catch {
    // Nobody has to have such a folder.
    return [];
  }
  const files = names.filter((file) => !file.startsWith(".") && /\.(ya?ml|json)$/i.test(file)).sort();
  return files.slice(0, MOST_FILES).flatMap((file) => {
    const path = join(folder.directory, file);
    const [stem = "", version, ...more] = file.replace(/\.[a-z]+$/i, "").split("@");
    if (name !== undefined && stem.toLowerCase() !== name.toLowerCase()) return [];
    if (!TEMPLATE_NAME.test(stem)) return { path, message: `is called like no template. ${TEMPLATE_NAME_RULE}` };
    if (more.length > 0 || (version !== undefined && !VERSION.test(version)))
      return { path, message: "has something else than a version, as in 1.2.0, after the @ in its name" };
    const read = open(path, folder);
    return "message" in read
      ? { path, ...read }
      : { path, name: stem, ...(version !== undefined && { version }), ...read };
  });
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
  const read = readRegularFile(realPath, LARGEST_FILE);
  if ("message" in read) return { message: read.reason === "not_a_file" ? "is not a regular file" : read.message };
  return { text: new TextDecoder().decode(read.bytes), realPath };
}
