import type { RoutableTemplate } from "../../model/routing.ts";
import type { JsonObject, JsonValue } from "../../model/workflow.ts";
import { candidatesFor, sourceOf } from "./candidates.ts";
import { writtenFor } from "./explicit.ts";
import { isTelling, withoutName } from "./names.ts";

/** The values that a goal gives to a template's parameters. */
export interface Extracted {
  readonly values: JsonObject;
  /** Names of parameters whose value hardly stands in a goal by chance: it fits a pattern, or stands beside the name. */
  readonly telling: readonly string[];
}

/** A caller gives values at the beginning of a goal. So many characters are searched for them. */
const MAX_SEARCHED_CHARACTERS = 2000;

/**
 * Reads values only where the goal gives them unmistakably. A parameter with two different candidates takes none of them, and a value that
 * two parameters can take goes to neither: Baton asks for a required value, and a wrong one would be worse than none.
 */
export function readParameters(goal: string, { name, parameters = [] }: RoutableTemplate): Extracted {
  let text = withoutName(goal.slice(0, MAX_SEARCHED_CHARACTERS), name);
  const values = new Map<string, JsonValue>();
  const telling: string[] = [];
  const written = parameters.map((parameter) => ({ parameter, all: writtenFor(text, parameter) }));
  const open = written.filter(({ all }) => all.length === 0).map(({ parameter }) => parameter);
  for (const { parameter, all } of written) {
    for (const { part } of all) text = text.replace(part, " ; ");
    if (new Set(all.map(({ value }) => JSON.stringify(value))).size !== 1) continue;
    values.set(parameter.name, all[0]!.value);
    telling.push(parameter.name);
  }
  const source = sourceOf(text);
  const found = open.map((parameter) => ({ parameter, candidates: candidatesFor(source, parameter) }));
  const wanted = new Map<JsonValue, number>();
  for (const { candidates } of found)
    for (const value of new Set(candidates.flat())) wanted.set(value, (wanted.get(value) ?? 0) + 1);
  for (const { parameter, candidates } of found) {
    const [value] = candidates;
    if (candidates.length !== 1 || value === undefined) continue;
    if ([value].flat().some((one) => wanted.get(one)! > 1)) continue;
    values.set(parameter.name, value);
    if (isTelling(parameter.pattern)) telling.push(parameter.name);
  }
  return { values: Object.fromEntries(values), telling };
}
