import { isRecord } from "../model/json.ts";
import { FIRST_VERSION, VERSION, VERSION_RULE } from "../model/version.ts";
import { readSource } from "../workflow/source/source.ts";

/** What a workflow's text says of itself, before anything in it is checked. */
export interface Head {
  readonly version: string;
  readonly description?: string;
}

/** @param named the version in the file name */
export function readHead(text: string, named: string | undefined): Head | { readonly message: string } {
  const { value, errors: problems } = readSource({ text });
  if (problems.length > 0) return { message: `cannot be read: ${problems[0]!.message}` };
  const outer = isRecord(value) ? value : undefined;
  const workflow = outer && isRecord(outer.workflow) && !Object.hasOwn(outer, "steps") ? outer.workflow : outer;
  if (!workflow) return { message: "holds no workflow" };
  const { version = named ?? FIRST_VERSION, description } = workflow;
  if (typeof version !== "string" || !VERSION.test(version)) return { message: `its version ${VERSION_RULE}` };
  if (named !== undefined && named !== version)
    return { message: `says that it is version ${version}, and its name says ${named}` };
  return { version, ...(typeof description === "string" && { description }) };
}
