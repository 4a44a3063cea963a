import { Argument, type Command, Option } from "commander";
import { type Field, fieldsOf } from "../operations/field.ts";
import type { CommandLine, Operation, Operations, OptionLine, Values } from "../operations/operation.ts";
import { collect, integer, jsonArgument, jsonOrText, numberOrText, repeat } from "./arguments.ts";

/** Performs the operation of a command line. */
export type RunCommand = (operation: Operation, input: object, values: Values) => Promise<void>;

/** What commands of one noun are about, for the help text of the noun. */
const NOUNS: Readonly<Record<string, string>> = {
  handoff: "accept and deliver agent steps; answers are JSON",
  checkpoint: "list, create and restore checkpoints of a run and its code",
  templates: "manage the template library: workflows with versions and parameters",
  session: "list and manage sessions: goals and their runs",
};

/** Adds the commands of these operations. `run` performs one. */
export function addCommands(program: Command, operations: Operations, run: RunCommand): void {
  for (const operation of Object.values(operations)) {
    const { command: line } = operation;
    if (line) addCommand(program, operation, line, run);
  }
}

function addCommand(program: Command, operation: Operation, line: CommandLine, run: RunCommand): void {
  const { words, args } = parseUsage(line.usage);
  const verb = words.at(-1)!;
  const parent = words.slice(0, -1).reduce(nounIn, program);
  const command = parent.command(verb, { isDefault: line.isDefault === true }).description(operation.summary ?? "");
  const fields = new Map(fieldsOf(operation.input).map((field) => [field.name, field]));
  for (const [key, syntax] of args) {
    if (!fields.has(key) && !line.toInput) throw new Error(`${line.usage}: ${operation.name} has no field "${key}"`);
    command.addArgument(new Argument(syntax, line.arguments?.[key] ?? fields.get(key)?.description));
  }
  const options = Object.entries(line.options ?? {}).map(([key, option]) => {
    const made = optionOf(option!, fields.get(key));
    for (const other of conflictsOf(option!)) made.conflicts(attributeOf(line, other));
    command.addOption(made);
    return [key, made, option!] as const;
  });
  if (line.json !== "always") command.option("--json", "print as JSON");
  command.action((...given: unknown[]) => {
    const values: Record<string, unknown> = Object.fromEntries(args.map(([key], index) => [key, given[index]]));
    const chosen = given[args.length] as Record<string, unknown>;
    for (const [key, made, option] of options) {
      const value = chosen[made.attributeName()];
      values[key] = value === true && typeof option === "object" && "value" in option ? option.value : value;
    }
    values.json = line.json === "always" || chosen.json === true;
    const mistake = line.mistake?.(values);
    if (mistake !== undefined) command.error(`error: ${mistake}`);
    return run(operation, line.toInput ? line.toInput(values) : only(values, fields), values);
  });
}

/** Splits `checkpoint restore <checkpointId>` into words, and arguments with their keys. */
function parseUsage(usage: string): { words: string[]; args: [key: string, syntax: string][] } {
  const parts = usage.split(" ");
  const isArgument = (part: string) => /^[<[]/.test(part);
  return {
    words: parts.filter((part) => !isArgument(part)),
    args: parts.filter(isArgument).map((part) => [part.replaceAll(/[<>[\].]/g, ""), part]),
  };
}

/** The command of a noun, which holds those of its verbs. */
function nounIn(parent: Command, noun: string): Command {
  const known = parent.commands.find((command) => command.name() === noun);
  return known ?? parent.command(noun).description(NOUNS[noun] ?? "");
}

/** The option of a field takes what the field takes. */
function optionOf(line: OptionLine, field: Field | undefined): Option {
  const { flags, about = field?.description } = typeof line === "string" ? { flags: line } : line;
  const option = new Option(flags, about);
  if (field?.required) option.makeOptionMandatory();
  if (option.isBoolean()) return option;
  const { type, enum: allowed } = field?.takes ?? {};
  if (allowed) return option.choices(allowed);
  if (flags.includes("<k=v>")) return option.argParser(collect);
  if (flags.includes("<json>")) return option.argParser(type === "object" ? jsonArgument : jsonOrText);
  if (type === "integer") return option.argParser(integer);
  if (type === "number") return option.argParser(numberOrText);
  return type === "array" ? option.argParser(repeat) : option;
}

const conflictsOf = (line: OptionLine): readonly string[] => (typeof line === "string" ? [] : (line.conflicts ?? []));

/** Commander's name for the option of a key. */
function attributeOf({ options = {} }: CommandLine, key: string): string {
  const line = options[key];
  if (line === undefined) throw new Error(`no option has the key "${key}"`);
  return new Option(typeof line === "string" ? line : line.flags).attributeName();
}

/** The values that are fields. */
const only = (values: Values, fields: ReadonlyMap<string, Field>): Values =>
  Object.fromEntries(Object.entries(values).filter(([key, value]) => fields.has(key) && value !== undefined));
