import { isRecord } from "../../model/json.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import { translateAgents, translatePhases } from "./phases.ts";
import { type Fields, Translation } from "./translation.ts";

const INTENTS_KEY = "parallel_coordination";
const FIELDS_WITH_PHASES = ["phases"];

/** A block of several intents, one of which is meant: a group of agents, or phases of agents. */
export function translateIntents(raw: Fields, chosen: string | undefined): Translation {
  const { [INTENTS_KEY]: block, intent, ...beside } = raw;
  const wrong = (
    code: "wrong_type" | "missing_field" | "unknown_name",
    path: string[],
    message: string,
    hint?: string,
  ) => {
    const made = new Translation(beside, [INTENTS_KEY]);
    made.report(code, path, message, hint === undefined ? undefined : { hint });
    return made;
  };
  const names = isRecord(block) ? Object.keys(block) : [];
  if (!isRecord(block) || names.length === 0)
    return wrong("wrong_type", [INTENTS_KEY], "must be an object of intents, by name");
  const list = names.map((name) => `"${name}"`).join(", ");
  const choose = `Choose one: file: "…#${names[0]}", or intent: ${names[0]} beside ${INTENTS_KEY}.`;
  const name = chosen ?? intent ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) {
    return wrong(
      "missing_field",
      [INTENTS_KEY],
      `the workflow has ${names.length} intents, and the call chooses none: ${list}`,
      choose,
    );
  }
  const at = chosen !== undefined || intent === undefined ? [INTENTS_KEY] : ["intent"];
  if (typeof name !== "string") return wrong("wrong_type", at, `must be the name of an intent: ${list}`);
  if (!Object.hasOwn(block, name)) {
    return wrong("unknown_name", at, `there is no intent "${name}", only ${list}`, didYouMean(name, names));
  }
  const body = block[name];
  const path = [INTENTS_KEY, name];
  if (!isRecord(body)) return wrong("wrong_type", path, 'must be an object with "agents" or "phases"');
  const named = { name, ...beside };
  if (!Object.hasOwn(body, "phases")) return translateAgents(named, body, name, path);
  const made = translatePhases(named, body.phases, [...path, "phases"]);
  for (const field of Object.keys(body)) {
    if (FIELDS_WITH_PHASES.includes(field)) continue;
    const hint = `Known here: ${FIELDS_WITH_PHASES.join(", ")}. Write fields of agents into a phase, and fields of the workflow beside ${INTENTS_KEY}.`;
    made.report("unknown_field", [...path, field], `unknown field "${field}"`, { hint, on: "key" });
  }
  return made;
}
