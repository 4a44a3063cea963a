import type { JsonValue, Parameter } from "../model/workflow.ts";
import { parameterError } from "../workflow/schema/parameters.ts";
import { type Find, sure, type Text } from "./finding.ts";
import { nameShape } from "./names.ts";
import { shapeOf } from "./patterns.ts";
import { numberIn } from "./recognise.ts";

/** `name: value`, `name=value`, `--name value`: whoever writes so means it. */
export function written({ text }: Text, parameter: Parameter): Find | undefined {
  const name = nameShape(parameter.name);
  const rest = parameter.type === "array" ? "(?:,[^\\s,;]+)*" : "";
  const value = `(\`[^\`]+\`|"[^"]+"|'[^']+'|\\[[^\\]]*\\]|[^\\s,;]+${rest})`;
  const match = shapeOf(`(?:^|[\\s,;({])(?:--${name}[=\\s]\\s*|${name}\\s*[=:]\\s*)${value}`, "iu").exec(text);
  const read = match && readAs(parameter, match[1]!.replace(/^[`"'](.*)[`"']$/s, "$1").replace(/[.)}]+$/, ""));
  return read === undefined || read === null || parameterError(parameter, read) !== undefined ? undefined : sure(read);
}

/** What somebody wrote down as a parameter's value, taken for its type. */
function readAs({ type, enum: allowed }: Parameter, text: string): JsonValue | undefined {
  const named = (one: string) =>
    allowed?.find((value) => typeof value === "string" && value.toLowerCase() === one.toLowerCase()) ?? one;
  if (type === "string") return named(text);
  if (type === "number" || type === "integer") return numberIn(text)?.value;
  if (type === "boolean")
    return /^(true|yes|on|1)$/i.test(text) ? true : /^(false|no|off|0)$/i.test(text) ? false : undefined;
  if (type === "array")
    return text
      .replace(/^\[|\]$/g, "")
      .split(/[,|+]/)
      .map((one) => named(one.trim().replace(/^["']|["']$/g, "")))
      .filter((one) => one !== "");
  return undefined;
}
