import { statSync } from "node:fs";
import { resolve } from "node:path";
import { readReference } from "../../model/contracts/templates.ts";

/** Reads a workflow argument: the path of an existing file, else a template name, else a path that does not exist. */
export function workflowArgument(
  argument: string,
  cwd = ".",
): { readonly file: string } | { readonly template: string } {
  if (statSync(resolve(cwd, argument), { throwIfNoEntry: false })?.isFile()) return { file: argument };
  return readReference(argument) ? { template: argument } : { file: argument };
}
