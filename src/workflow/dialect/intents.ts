import { isRecord } from "../../model/json.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import { translateAgents, translatePhases } from "./phases.ts";
import { type Fields, Translation } from "./translation.ts";

const KEY = "parallel_coordination";
const PHASED = ["phases"];

/** A block of several intents, of which one is meant: a group of agents, or phases of them. */
export function translateIntents(raw: Fields, chosen: string | undefined): Translation {
  const { [KEY]: block, intent, ...beside } = raw;
  const wrong = (
    code: "wrong_type" | "missing_field" | "unknown_name",
    path: string[],
    message: string,
    hint?: string,
  ) => {
    const made = new Translation(beside, [KEY]);
    made.problem(code, path, message, hint === undefined ? undefined : { hint });
    return made;
  };
  const names = isRecord(block) ? Object.keys(block) : [];
  if (!isRecord(block) || names.length === 0)
    return wrong("wrong_type", [KEY], "must be an object of intents, by name");
  const list = names.map((name) => `"${name}"`).join(", ");
  const choose = `Choose one: file: "…#${names[0]}", or intent: ${names[0]} beside ${KEY}.`;
  const name = chosen ?? intent ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) {
    return wrong("missing_field", [KEY], `there are ${names.length} intents, and none is chosen: ${list}`, choose);
  }
  const at = chosen !== undefined || intent === undefined ? [KEY] : ["intent"];
  if (typeof name !== "string") return wrong("wrong_type", at, `must be the name of an intent: ${list}`);
  if (!Object.hasOwn(block, name)) {
    return wrong("unknown_name", at, `there is no intent "${name}", only ${list}`, didYouMean(name, names));
  }
  const meant = block[name];
  const path = [KEY, name];
  if (!isRecord(meant)) return wrong("wrong_type", path, 'must be an object with "agents" or "phases"');
  const named = { name, ...beside };
  if (!Object.hasOwn(meant, "phases")) return translateAgents(named, meant, name, path);
  const made = translatePhases(named, meant.phases, [...path, "phases"]);
  for (const field of Object.keys(meant)) {
    if (PHASED.includes(field)) continue;
    const hint = `Known here: ${PHASED.join(", ")}. What is for agents goes into a phase, what is for the workflow beside ${KEY}.`;
    made.problem("unknown_field", [...path, field], `unknown field "${field}"`, { hint, on: "key" });
  }
  return made;
}
