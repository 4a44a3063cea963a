import { statSync } from "node:fs";
import { resolve } from "node:path";
import { readReference } from "../model/contracts/templates.ts";

/** What is written for a workflow: the path of a file, or, where there is none, the name of a template. */
export function originOf(written: string, cwd = "."): { readonly file: string } | { readonly template: string } {
  if (statSync(resolve(cwd, written), { throwIfNoEntry: false })?.isFile()) return { file: written };
  return readReference(written) ? { template: written } : { file: written };
}
