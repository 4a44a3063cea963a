import type { RoutableTemplate } from "../model/routing.ts";
import type { JsonObject, Parameter } from "../model/workflow.ts";
import { parameterError } from "../workflow/schema/parameters.ts";
import { byType } from "./by-type.ts";
import { commandsIn } from "./commands.ts";
import { type Find, type Text, textOf } from "./finding.ts";
import { freeText } from "./free-text.ts";
import { nameWords, withoutName } from "./names.ts";
import { isQuick } from "./patterns.ts";
import { written } from "./written.ts";

export interface Extracted {
  readonly values: JsonObject;
  /** Names of parameters whose value can hardly stand in a goal by chance: it matches a pattern, or was written beside the name. */
  readonly telling: readonly string[];
}

/** What a goal says of a template's parameters, by their declarations alone. */
export function extractParameters(goal: string, template: RoutableTemplate): Extracted {
  const text = textOf(withoutName(goal, template.name));
  const values: JsonObject = {};
  const telling: string[] = [];
  const parameters = (template.parameters ?? []).filter(({ pattern }) => pattern === undefined || isQuick(pattern));
  for (const [name, value] of commandsIn(text, parameters)) {
    values[name] = value;
    telling.push(name);
  }
  for (const parameter of parameters) {
    if (Object.hasOwn(values, parameter.name)) continue;
    const found = written(text, parameter) ?? sought(text, parameter);
    if (found === undefined || parameterError(parameter, found.value) !== undefined) continue;
    values[parameter.name] = found.value;
    if (found.sure) telling.push(parameter.name);
  }
  lastResort(text, parameters, values);
  return { values, telling };
}

function sought(text: Text, parameter: Parameter): Find | undefined {
  return parameter.type === "string" && !parameter.enum ? freeText(text, parameter) : byType(text, parameter);
}

const ABOUT_ALL =
  /^(?:goal|task|topic|query|question|request|prompt|idea|subject|message|objective|problem|text|brief|what)$/i;

/** A required text that is the goal itself, or the one thing that stands in quotation marks. */
function lastResort({ text, literals }: Text, parameters: readonly Parameter[], values: JsonObject): void {
  const open = parameters.filter(
    (parameter) =>
      parameter.required &&
      parameter.type === "string" &&
      !parameter.pattern &&
      !parameter.enum &&
      !Object.hasOwn(values, parameter.name),
  );
  if (open.length !== 1) return;
  const [{ name }] = open as [Parameter];
  const free = literals.filter((literal) => !Object.values(values).includes(literal.text));
  if (free.length === 1) values[name] = free[0]!.text;
  else if (nameWords(name).some((word) => ABOUT_ALL.test(word))) values[name] = text.trim();
}
