import type { StepSyntax } from "../../model/contracts/step.ts";
import { isRecord } from "../../model/json.ts";
import { translateIntents } from "./intents.ts";
import { translatePhases } from "./phases.ts";
import { translateSkills } from "./skills.ts";
import { type Fields, Translation } from "./translation.ts";

export type { Translation } from "./translation.ts";

interface DialectInput {
  readonly stepTypes: readonly StepSyntax[];
  /** Which of several intents is meant. */
  readonly intent: string | undefined;
}

/** Every way to write a workflow, by the field that reveals it. Each is translated into the form with `steps`. */
const DIALECTS: Readonly<Record<string, (raw: Fields, given: DialectInput) => Translation | undefined>> = {
  steps: () => undefined,
  skills: (raw, { stepTypes }) => translateSkills(raw, "skills", stepTypes),
  skills_sequence: (raw, { stepTypes }) => translateSequence(raw, stepTypes),
  phases: ({ phases, ...fields }) => translatePhases(fields, phases, ["phases"]),
  parallel_coordination: (raw, { intent }) => translateIntents(raw, intent),
};

/** Translates another dialect into the form with `steps`. `undefined` if the workflow has that form, or none. */
export function translate(raw: unknown, given: DialectInput): Translation | undefined {
  if (!isRecord(raw)) return undefined;
  const [first, ...others] = Object.keys(DIALECTS).filter((key) => Object.hasOwn(raw, key));
  if (first === undefined) return undefined;
  if (others.length > 0) {
    const made = new Translation({}, [first]);
    const hint = "Keep only one of them.";
    for (const key of others) {
      made.report("invalid_value", [key], `a workflow has "${first}" or "${key}", not both`, { hint, on: "key" });
    }
    return made;
  }
  const made = DIALECTS[first]!(raw, given);
  if (given.intent === undefined || first === "parallel_coordination") return made;
  const stray = made ?? new Translation({}, [first]);
  stray.report("unknown_name", [], `there is no intent "${given.intent}": the workflow has ${first}`, {
    hint: `Leave out #${given.intent}.`,
  });
  return stray;
}

const CREATE = "create_workflow_template";

/** The body of a call that creates a workflow: only its action says so. */
function translateSequence({ action, ...raw }: Fields, stepTypes: readonly StepSyntax[]): Translation {
  const made = translateSkills(raw, "skills_sequence", stepTypes);
  if (action !== undefined && action !== CREATE) made.report("invalid_value", ["action"], `must be "${CREATE}"`);
  return made;
}
