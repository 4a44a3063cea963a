import { z } from "zod";
import { SHAPE_NAMES, SHAPES } from "./shape.ts";
import { Json } from "./workflow.ts";

const text = z.string().min(1);
const milliseconds = z.number().int().min(1).max(31_536_000_000);

/** Baton runs it after a delivery: exit code 0 means that it holds. */
const CommandCheck = z.strictObject({
  command: text,
  name: text.optional(),
  timeout: milliseconds.optional(),
  workingDirectory: text.optional(),
});
/** What must be true of a file, relative to the run's directory. */
const FileCheck = z.strictObject({
  file: text,
  name: text.optional(),
  /** `false`: there must be no such file. */
  exists: z.boolean().optional(),
  contains: text.optional(),
  /** A regular expression. */
  matches: text.optional(),
});

/** One thing that Baton checks itself before a step counts as done. Text is short for a command. */
export const Check = z.union([text.transform((command): CommandCheck => ({ command })), CommandCheck, FileCheck]);
export type Check = z.output<typeof Check>;
export type CommandCheck = z.infer<typeof CommandCheck>;
export type FileCheck = z.infer<typeof FileCheck>;

const words = z.union([text.transform((word) => [word]), z.array(text).min(1)]);

/** Who takes over when the one before has failed for good. Text is short for an agent. */
export const Fallback = z.union([
  text.transform((agent) => ({ agent })),
  z.strictObject({ agent: text }),
  z.strictObject({ skill: text, action: text.optional() }),
  z.strictObject({ needs: words }),
  z.strictObject({ command: text }),
]);
export type Fallback = z.output<typeof Fallback>;

/** A JSON Schema; checked to be one by `workflow/json-schema.ts`. */
export const JsonSchema = z.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "record",
);
export type JsonSchema = z.infer<typeof JsonSchema>;

/** Takes one or a list. */
const listOf = <T extends z.ZodType>(item: T) =>
  z.union([z.array(item), item.transform((one) => [one])]) as unknown as z.ZodType<z.output<T>[]>;

/** The fields of a step that a worker performs, besides those that say who is meant. */
export const workerFields = {
  /** What to do, in words. */
  prompt: text.optional(),
  input: Json.optional(),
  /** The shape of what is delivered; text names one that Baton knows. */
  output: z.union([z.enum(SHAPE_NAMES).transform((name): JsonSchema => SHAPES[name].schema), JsonSchema]).optional(),
  verify: listOf(Check).optional(),
  fallback: listOf(Fallback).optional(),
  leaseSeconds: z.number().positive().max(31_536_000).optional(),
  /** The name of a command line from the settings, or its command, that performs the step without anybody asking for it. */
  runner: z.union([text.transform((name) => ({ name })), z.strictObject({ command: text })]).optional(),
};

const Work = z.object(workerFields);

/** The config of a step that a worker performs, as the parser left it. Exactly one of `agent`, `skill` and `needs` is there. */
export type WorkerConfig = z.output<typeof Work> & {
  readonly agent?: string;
  readonly skill?: string;
  readonly action?: string;
  readonly needs?: readonly string[];
};

/** What runs the step without anybody asking for it. */
export const runnerOf = (config: Readonly<Record<string, unknown>>): WorkerConfig["runner"] =>
  (config as WorkerConfig).runner;

export const agentFields = { agent: text.optional(), needs: words.optional(), ...workerFields };
export const skillFields = { skill: text, action: text.optional(), ...workerFields };

/** Seconds that a worker keeps a step without a sign of life. */
export const LEASE_SECONDS = 1_800;

/** A capability as it was found when a run was made, or a step passed on: what an assignment tells of it. */
export const Performer = z.object({
  kind: z.enum(["agent", "skill"]),
  name: z.string(),
  /** Its file; absent: the registry has none of that name, and the worker has to know. */
  path: z.string().optional(),
  outputSchema: JsonSchema.optional(),
  /** What its file asks to be allowed. A request of its author, never a grant. */
  requestedTools: z.array(z.string()).optional(),
});
export type Performer = z.infer<typeof Performer>;
