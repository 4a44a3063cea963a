import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { trustIn } from "./store.ts";

/**
 * Writes files below a directory, folders and all. Returns the directory. A state directory with settings is this
 * user's own.
 */
export function plant(directory: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  if (".baton/config.json" in files) trustIn(join(directory, ".baton")).admit();
  return directory;
}

/** The text of a valid capability file. */
export const capability = (name: string, description = `What ${name} does`, more = ""): string =>
  `---\nname: ${name}\ndescription: ${description}\n${more}---\n\n# ${name}\n`;
