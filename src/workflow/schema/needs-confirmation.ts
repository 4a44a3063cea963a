import { equalJson } from "../../model/json.ts";
import type { JsonObject, Parameter } from "../../model/workflow.ts";
import { fillParameters } from "./parameters.ts";

/**
 * Which of these values a template wants a yes for before a goal's words alone start it, as a sentence's middle: "environment is production".
 * Defaults count as what they are; `undefined`: none.
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
