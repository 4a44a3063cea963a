import { z } from "zod";
import { STEP_ID, STEP_ID_RULE } from "../../model/ids.ts";

/**
 * The fields that only a dialect has, besides those of the form with `steps`. They describe what authors write, for
 * the reference. The translation reports mistakes at the place of each.
 */

const id = z.string().regex(STEP_ID).meta({ allowed: STEP_ID_RULE });
const name = z.string().min(1);
const most = z.number().int().min(1).max(100_000);

/** Other words for what a step says, whatever form the workflow has. */
export const stepAliases = {
  dependsOn: z
    .union([id, z.array(z.union([id, z.looseObject({ from: id })]))])
    .optional()
    .describe(
      "The steps whose finish the step comes after. An object is a [dependency](#dependency) without `to`. The workflow's `dependencies` hold too.",
    ),
  needs: z
    .union([id, z.array(id)])
    .optional()
    .describe(
      "The same as `dependsOn` on a step with `command`, `run`, `tool` or `workflow`. On an [agent step](#agent-step) it lists capabilities.",
    ),
  run: z
    .string()
    .min(1)
    .optional()
    .describe("The same as `command`, in a step, in `verify`, `fallback` and `runner`. A step has one of the two."),
};

/** An entry in a list of skills, besides the fields of its step. */
export const skillEntry = {
  skill: name.optional().describe("The skill. An entry may have `agent`, `needs`, `command`, … in its place."),
  id: id.optional().meta({
    description: "What its step is known by.",
    otherwise: "the skill's name; where that repeats, with its `action`, else with a number",
  }),
  parallel: z.boolean().optional().meta({
    description: "Neighbours with `true` run together, after what is before them and before what follows.",
    default: false,
  }),
  output_key: name.optional().describe("The same as `outputKey`."),
};

/** The lists of skills themselves. */
export const skillLists = {
  skills: z
    .array(z.union([name, z.looseObject({})]))
    .optional()
    .describe("Each runs after the one before. Text is short for `{skill}`."),
  skills_sequence: z
    .array(z.union([name, z.looseObject({})]))
    .optional()
    .describe("The same; a workflow has one of the two."),
  action: z
    .literal("create_workflow_template")
    .optional()
    .describe("May stand beside `skills_sequence`, and changes nothing."),
};

/** The fields of a phase itself. Any other field is for each of its agents. */
export const phaseFields = {
  name: name.describe("What other phases depend on, and what the ids of its steps begin with."),
  agents: z
    .array(z.union([name, z.looseObject({ agent: name })]))
    .min(1)
    .describe("Each is a step `phase.agent`; an object may have any field of an [agent step](#agent-step)."),
  parallel: z.boolean().optional().meta({
    description: "Whether its agents work together; else one after the other.",
    default: false,
  }),
  depends_on: z
    .union([name, z.array(name)])
    .optional()
    .describe("The phases that are over before it begins."),
  dependsOn: z
    .union([name, z.array(name)])
    .optional()
    .describe("The same as `depends_on`; with both, all of them."),
  max_concurrent: most
    .optional()
    .meta({ description: "How many of its agents may work at once.", otherwise: "no limit" }),
};

/** One intent: phases, or the fields of a single phase. */
export const intentFields = {
  phases: z.array(z.looseObject({})).optional().describe("Phases, as above. Then nothing else stands in the intent."),
  agents: phaseFields.agents.optional().describe("As in a phase."),
  parallel: phaseFields.parallel.describe("As in a phase."),
  max_concurrent: phaseFields.max_concurrent.describe("As in a phase."),
};

/** The block of intents, and which one is meant. */
export const intentBlock = {
  parallel_coordination: z.record(z.string(), z.looseObject({})).describe("The intents, by name."),
  intent: name
    .optional()
    .meta({ description: "Which one is meant; `file: crew.yaml#build` says the same.", otherwise: "the only one" }),
};
