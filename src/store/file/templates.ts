import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SavedTemplate, type SavedTemplates } from "../../model/contracts/templates.ts";
import { readRegularFile } from "../../system/file.ts";
import { appear } from "./atomic.ts";
import { ensureDirectory } from "./ensure-directory.ts";
import { ifThere } from "./if-exists.ts";
import { sweep } from "./sweep.ts";

/** Bytes of a document. */
const LARGEST = 64 * 1024 * 1024;
const DOCUMENT = "template.json";

/**
 * A directory for each version, `templates/<name>@<version>/`, with one document in it. It appears whole and is never written again, so
 * two processes cannot overwrite each other, a version cannot change, and a damaged document damages no other.
 */
export function fileTemplates(state: string, now: () => number, marked: () => void): SavedTemplates {
  const room = join(state, "templates");
  // A file system may not tell upper from lower case.
  const placeOf = (name: string, version: string) => `${name}@${version}`.toLowerCase();
  return {
    list(name) {
      const places = (ifThere(() => readdirSync(room)) ?? []).filter((place) => !place.startsWith("."));
      const own = name === undefined ? places : places.filter((place) => place.startsWith(`${name.toLowerCase()}@`));
      return own.sort().map((place) => {
        const path = join(room, place, DOCUMENT);
        const read = readDocument(path);
        if (typeof read === "string") return { path, problem: read };
        if (placeOf(read.name, read.version) !== place) return { path, problem: "is the document of another template" };
        return { path, template: read };
      });
    },
    save(template) {
      const path = join(ensureDirectory(state, "templates", marked), placeOf(template.name, template.version));
      sweep(room, now());
      if (existsSync(path)) return false;
      return appear(path, true, (directory) => {
        writeFileSync(join(directory, DOCUMENT), JSON.stringify(template, null, 2), {
          flag: "wx",
          mode: 0o600,
          flush: true,
        });
      });
    },
    remove(name, version) {
      // Away at once, then gone at leisure: nobody ever sees half of it.
      const away = join(room, `.tmp-${randomUUID()}`);
      const there = ifThere(() => renameSync(join(room, placeOf(name, version)), away) ?? true) ?? false;
      rmSync(away, { recursive: true, force: true });
      return there;
    },
  };
}

function readDocument(path: string): SavedTemplate | string {
  const read = readRegularFile(path, LARGEST);
  if ("reason" in read)
    return read.reason === "absent" ? "does not hold a saved template" : `cannot be read: ${read.message}`;
  try {
    const parsed = SavedTemplate.safeParse(JSON.parse(read.bytes.toString("utf8")));
    return parsed.success ? parsed.data : "does not hold a saved template";
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
}
