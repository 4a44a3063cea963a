import { z } from "zod";
import { CapabilityOperation } from "./capability.ts";
import { NAMED_SCHEMAS, SCHEMA_NAMES } from "./named-schemas.ts";
import { duration } from "./text/duration.ts";
import { Json } from "./workflow.ts";

const text = z.string().min(1);

/** A command that Baton runs after a delivery. Exit code 0 means that the check holds. */
export const CommandCheck = z.strictObject({
  command: text.describe("Run by `/bin/sh -c` after a delivery; exit code 0 means that it holds."),
  name: text.optional().meta({ description: "What it is called.", otherwise: "the command" }),
  timeout: duration(1)
    .optional()
    .meta({ description: "Milliseconds; then it does not hold.", otherwise: "ten minutes" }),
  workingDirectory: text.optional().meta({ description: "Relative to the run's `cwd`.", default: "." }),
});
/** What must be true of a file, relative to the run's directory. */
export const FileCheck = z.strictObject({
  file: text.describe("A path, relative to the run's `cwd`."),
  name: text.optional().meta({ description: "What it is called.", otherwise: "the path" }),
  exists: z.boolean().optional().meta({ description: "`false`: there must be no such file.", default: true }),
  contains: text.optional().describe("Text that must stand in it."),
  matches: text.optional().describe("A regular expression that must match somewhere in it."),
});

/** One `{{ }}` and nothing beside it. Braces inside its quotes are text. */
const LONE_TEMPLATE = /^\{\{(?:[^"'}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\}(?!\}))+\}\}$/s;
/** Commands from data: known only when the step's turn comes; each is a check of its own. */
export const DataChecks = z.strictObject({
  commands: text
    .regex(LONE_TEMPLATE, "must be one {{ }} that gives a command or a list of commands")
    .describe("One `{{ }}` that gives a command or a list of commands, each a check of its own."),
  timeout: duration(1)
    .optional()
    .meta({ description: "Milliseconds for each; then it does not hold.", otherwise: "ten minutes" }),
  workingDirectory: text.optional().meta({ description: "Relative to the run's `cwd`.", default: "." }),
});

/** What Baton checks itself before a step counts as done. Text is short for a command, or for commands from data. */
export const Check = z.union([
  text.transform((command): CommandCheck | z.infer<typeof DataChecks> =>
    LONE_TEMPLATE.test(command.trim()) ? { commands: command.trim() } : { command },
  ),
  CommandCheck,
  FileCheck,
  DataChecks,
]);
export type CommandCheck = z.infer<typeof CommandCheck>;
export type FileCheck = z.infer<typeof FileCheck>;
/** One check with everything filled in. */
export type Check = CommandCheck | FileCheck;

const oneOrMore = z.union([text.transform((word) => [word]), z.array(text).min(1)]);

/** Who takes over when the performer before has failed for good. Text is short for an agent. */
export const Fallback = z.union([
  text.transform((agent) => ({ agent })),
  z.strictObject({ agent: text }),
  z.strictObject({ skill: text, action: text.optional() }),
  z.strictObject({ needs: oneOrMore }),
  z.strictObject({ command: text }),
]);
export type Fallback = z.output<typeof Fallback>;

/** A JSON Schema. `workflow/schema/json-schema.ts` has checked it. */
export const JsonSchema = z.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "record",
);
export type JsonSchema = z.infer<typeof JsonSchema>;

/** Accepts one or a list. */
const listOf = <T extends z.ZodType>(item: T) =>
  z.union([z.array(item), item.transform((one) => [one])]) as unknown as z.ZodType<z.output<T>[]>;

/** Seconds that a worker keeps a step without reporting progress. */
export const LEASE_SECONDS = 1_800;
/** A plan that says it is less sure of itself than this waits for the person, unless its step sets another limit. */
export const CONFIRM_BELOW = 0.5;
/** Question rounds of a step that states no number. */
export const QUESTION_ROUNDS = 5;

/** The fields of a step that a worker performs, besides those that name the performer. */
export const workerFields = {
  prompt: text.optional().describe("What to do, in words."),
  input: Json.optional().meta({ description: "Any data for the worker.", default: null }),
  output: z
    .union([z.enum(SCHEMA_NAMES).transform((name): JsonSchema => NAMED_SCHEMAS[name].schema), JsonSchema])
    .optional()
    .meta({
      type: "object, text",
      description:
        "The JSON Schema (2020-12) that a delivery must match, or the name of a schema that Baton knows: `plan`, `breakdown`, `report`, `review`, `validation`.",
      otherwise: "what the capability's file declares, else anything fits",
    }),
  verify: listOf(Check)
    .optional()
    .describe("What Baton checks itself before the step counts as done. Text is short for a command."),
  fallback: listOf(Fallback)
    .optional()
    .describe("Who takes over once the performer before has failed for good. Text is short for an agent."),
  builds: z.boolean().optional().meta({
    description: "Whether it makes or changes files. If it does and none changed, its checks prove nothing.",
    otherwise: "whether its output requires `filesChanged`",
  }),
  files: z
    .union([text, z.array(text)])
    .optional()
    .describe("The files that it works on and no other step does, relative to the run's `cwd`."),
  leaseSeconds: z
    .number()
    .positive()
    .max(31_536_000)
    .optional()
    .meta({ description: "How long a worker keeps the step without a report of progress.", default: LEASE_SECONDS }),
  questions: z
    .number()
    .int()
    .min(0)
    .max(20)
    .optional()
    .meta({ description: "How many rounds of questions its workers may ask the person.", default: QUESTION_ROUNDS }),
  confirmBelow: z.number().min(0).max(1).optional().meta({
    description: "With `output: plan`: a plan less sure of itself than this waits for a yes of the person.",
    default: CONFIRM_BELOW,
  }),
  runner: z
    .union([text.transform((name) => ({ name })), z.strictObject({ command: text })])
    .optional()
    .describe("The runner that performs the step without a request: a name from the settings, or its command."),
};

const WorkerFields = z.object(workerFields);

/** The config of a worker's step, as the parser left it. It has exactly one of `agent`, `skill` and `needs`. */
export type WorkerConfig = z.output<typeof WorkerFields> & {
  readonly agent?: string;
  readonly skill?: string;
  readonly action?: string;
  readonly needs?: readonly string[];
};

/** The runner that performs the step without a request. */
export const runnerOf = (config: Readonly<Record<string, unknown>>): WorkerConfig["runner"] =>
  (config as WorkerConfig).runner;

export const agentFields = {
  agent: text.optional().describe("The name of an agent. A step has this or `needs`."),
  needs: oneOrMore
    .optional()
    .describe("What its performer must be capable of. The best matches that meet every need may accept it."),
  ...workerFields,
};
export const skillFields = {
  skill: text.describe("The name of a skill that the worker follows."),
  action: text.optional().describe("Which of its actions."),
  ...workerFields,
};

/** An operation of a capability. Baton checks inputs and outputs against its schemas. */
const PerformerOperation = CapabilityOperation.omit({ description: true });
export type PerformerOperation = z.infer<typeof PerformerOperation>;

/** A capability as Baton found it when a run was made or a step passed on. An assignment shows it. */
export const Performer = z.object({
  kind: z.enum(["agent", "skill"]),
  name: z.string(),
  /** Its file. Absent if the registry has none of that name; then the worker must know it. */
  path: z.string().optional(),
  outputSchema: JsonSchema.optional(),
  /** All that its file declares, if any of them has a schema. */
  operations: z.array(PerformerOperation).optional(),
  /** What its file asks to be allowed. A request of its author, never a grant. */
  requestedTools: z.array(z.string()).optional(),
});
export type Performer = z.infer<typeof Performer>;
