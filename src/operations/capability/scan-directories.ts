import { statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import type { Scan } from "../../model/contracts/catalog.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { App } from "../app.ts";
import { badInput, type Failure } from "../refusal.ts";

/** Where capabilities are looked for. */
export const scanFields = {
  roots: z.array(z.string().min(1)).describe("read only this directory; repeatable").optional(),
  cwd: z.string().describe("a directory in the project").optional(),
};
type ScanInput = z.output<z.ZodObject<typeof scanFields>>;

/** All records, shadowed ones included, and what was refused. With `roots`: only from these directories. */
export function scanDirectories({ roots, cwd }: ScanInput, app: App): Result<Scan, Failure> {
  const project = findDirectory(cwd ?? ".", "cwd", app);
  if (!project.ok) return project;
  if (roots === undefined || roots.length === 0) return ok(app.catalog.scan(project.value));
  const directories = roots.map((root) => findDirectory(root, "root", app));
  const wrong = directories.flatMap((one) => (one.ok ? [] : [...(one.error.mistakes ?? [])]));
  if (wrong.length > 0) return err(badInput(wrong));
  return ok(app.catalog.survey(directories.flatMap((one) => (one.ok ? [one.value] : []))));
}

/** @param field the argument that a refusal names */
export function findDirectory(given: string, field: string, app: App): Result<string, Failure> {
  const path = resolve(app.cwd, given);
  if (isDirectory(path)) return ok(path);
  const message = `${path} is not a directory`;
  const hint = "Give the path of a directory that exists and is readable.";
  return err(badInput([{ severity: "error", code: "file", message, hint, at: { field } }]));
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
