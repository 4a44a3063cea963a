import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SavedTemplate, type SavedTemplates } from "../../model/contracts/templates.ts";
import { readRegularFile } from "../../system/file.ts";
import { createDirectoryWhole, sweepTemporaries } from "./atomic.ts";
import { ensureDirectory, ifExists } from "./fs.ts";

/** The largest saved template that is read, in bytes. */
const MAX_TEMPLATE_BYTES = 64 * 1024 * 1024;
const DOCUMENT_NAME = "template.json";

/**
 * One directory per version, `templates/<name>@<version>/`, with one document in it. It appears whole and is never
 * written again. So two processes cannot overwrite each other, a version cannot change, and a damaged document affects
 * no other.
 */
export function fileTemplates(state: string, now: () => number, onStateCreated: () => void): SavedTemplates {
  const templates = join(state, "templates");
  // Lower case, since a file system may ignore case.
  const placeOf = (name: string, version: string) => `${name}@${version}`.toLowerCase();
  return {
    list(name) {
      const places = (ifExists(() => readdirSync(templates)) ?? []).filter((place) => !place.startsWith("."));
      const own = name === undefined ? places : places.filter((place) => place.startsWith(`${name.toLowerCase()}@`));
      return own.sort().map((place) => {
        const path = join(templates, place, DOCUMENT_NAME);
        const read = readDocument(path);
        if (typeof read === "string") return { path, problem: read };
        if (placeOf(read.name, read.version) !== place) return { path, problem: "belongs to another template" };
        return { path, template: read };
      });
    },
    save(template) {
      const path = join(ensureDirectory(state, "templates", onStateCreated), placeOf(template.name, template.version));
      sweepTemporaries(templates, now());
      if (existsSync(path)) return false;
      return createDirectoryWhole(path, true, (directory) => {
        writeFileSync(join(directory, DOCUMENT_NAME), JSON.stringify(template, null, 2), {
          flag: "wx",
          mode: 0o600,
          flush: true,
        });
      });
    },
    remove(name, version) {
      // The rename makes the template disappear at once, so no process sees a half-removed one.
      const temporary = join(templates, `.tmp-${randomUUID()}`);
      const existed = ifExists(() => renameSync(join(templates, placeOf(name, version)), temporary) ?? true) ?? false;
      rmSync(temporary, { recursive: true, force: true });
      return existed;
    },
  };
}

function readDocument(path: string): SavedTemplate | string {
  const read = readRegularFile(path, MAX_TEMPLATE_BYTES);
  if ("reason" in read)
    return read.reason === "absent" ? "does not hold a saved template" : `cannot be read: ${read.message}`;
  try {
    const parsed = SavedTemplate.safeParse(JSON.parse(read.bytes.toString("utf8")));
    return parsed.success ? parsed.data : "does not hold a saved template";
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
}
