import { equalJson } from "../../model/json.ts";
import type { JsonObject, Parameter } from "../../model/workflow.ts";
import { fillParameters } from "./parameters.ts";

/**
 * The values that the user must confirm before a goal's words alone start a template, in words: "environment is
 * production". Defaults count. `undefined` if no value needs a confirmation.
 */
export function valuesToConfirm(declared: readonly Parameter[], given: JsonObject): string | undefined {
  const { values } = fillParameters(declared, given);
  const found = declared.flatMap(({ name, confirm = [] }) => {
    const value = values[name];
    const items = Array.isArray(value) ? value : [value];
    const meant = confirm.find((one) => items.some((item) => item !== undefined && equalJson(item, one)));
    if (meant === undefined) return [];
    return `${name} ${Array.isArray(value) ? "has" : "is"} ${typeof meant === "string" ? meant : JSON.stringify(meant)}`;
  });
  return found.length === 0 ? undefined : found.join(", ");
}
