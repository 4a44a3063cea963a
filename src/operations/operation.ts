import type { Colors } from "picocolors/types";
import type { z } from "zod";
import type { Result } from "../model/data/result.ts";
import type { App, Call } from "./app.ts";
import type { Failure } from "./refusal.ts";

/**
 * An operation: something that a caller can ask for, with everything that the tools, the command line and the
 * documentation say of it. They are made from the table of operations.
 */
export type Operation<I extends z.ZodObject = z.ZodObject, O extends object = object> =
  | ToolOperation<I, O>
  | PersonOperation<I, O>;

/** An operation that a tool performs. */
export type ToolOperation<I extends z.ZodObject = z.ZodObject, O extends object = object> = OperationCore<I, O> &
  InTool<I, O>;

/** An operation for people alone: no tool performs it. */
type PersonOperation<I extends z.ZodObject, O extends object> = OperationCore<I, O> & InNoTool;

interface OperationCore<I extends z.ZodObject, O extends object> {
  /** The noun and the verb, such as `checkpoint.restore`. */
  readonly name: string;
  /** What it does, as a phrase that starts with a small letter. */
  readonly summary: string;
  /** `destroy`: it can undo or overwrite something. */
  readonly effect: "read" | "change" | "destroy";
  /** Each field with its description and its bounds. */
  readonly input: I;
  /** What it does. Written before `command` and `text`, which get the type of their answer from it. */
  handle(input: z.output<I>, app: App, call: Call): Promise<Result<O, Failure>>;
  /** Absent: no command does it. */
  readonly command?: CommandLine<I, NoInfer<O>>;
}

/** The part of an operation that its tool shows. */
interface InTool<I extends z.ZodObject, O extends object> {
  readonly tool: {
    readonly name: ToolName;
    /** Absent: the tool does nothing else. */
    readonly action?: string;
    /** Other names of the action, with what the arguments given under them mean. */
    readonly aliases?: Readonly<Record<string, (args: Values) => Values>>;
    /** Fields that the tool's schema does not list. */
    readonly unlisted?: readonly (keyof z.output<I> & string)[];
  };
  /** What a structured answer holds, unless the caller asks for `detail: "full"`. Absent: all of it. */
  concise?(answer: NoInfer<O>, given: Values): object;
  /** What a structured answer holds besides, for callers that write their arguments in another spelling. */
  spelled?(answer: NoInfer<O>, given: Values): object;
  /** The answer as lines for a model that sees only text. The server adds warnings and what to do next. */
  text(answer: NoInfer<O>): readonly string[];
}

interface InNoTool {
  readonly tool?: never;
  readonly text?: never;
}

export const TOOL_NAMES = [
  "orchestrate",
  "execute_workflow",
  "monitor_workflow",
  "handoff",
  "checkpoint",
  "find_capabilities",
  "manage_templates",
] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

/** How a person writes an operation at a terminal. */
export interface CommandLine<I extends z.ZodObject = z.ZodObject, O extends object = object> {
  /** The words of the command, then its arguments: `checkpoint restore <checkpointId>`. Each argument is a field. */
  readonly usage: string;
  /** What arguments mean that are no field, or that take something else than the field. */
  readonly arguments?: { readonly [key: string]: string };
  /** The options by field. A key that is no field is an option of the command alone; `toInput` or `print` reads it. */
  readonly options?: { readonly [key in keyof z.output<I> | (string & {})]?: OptionLine };
  /** `always`: programs read its answers, so they are JSON without `--json`. */
  readonly json?: "always";
  /** This process executes the run that the operation starts or continues, and shows it to its end. */
  readonly follows?: true;
  /** The command of its noun if no verb is given. */
  readonly isDefault?: true;
  /** What is wrong with the arguments together. */
  mistake?(values: Values): string | undefined;
  /** The input, if the arguments and options are not its fields one by one. */
  toInput?(values: Values): object;
  /** The answer for a person. */
  print(answer: O, style: Style, values: Values): string;
  /** What `--json` prints, if that is not the whole answer. */
  data?(answer: O): unknown;
  /** Lines before a run is followed. */
  aside?(answer: O): readonly string[];
}

/**
 * An option: its flags as in a help text, such as `--scope <what>`. The field says what it means and what it takes.
 * `<k=v>` stands for a pair and may be repeated, `<json>` for JSON.
 */
export type OptionLine =
  | string
  | {
      readonly flags: string;
      /** The meaning, if it differs from the field's description. */
      readonly about?: string;
      /** The value of the field if the option is given. */
      readonly value?: unknown;
      /** Options that cannot be given beside it, by their keys. */
      readonly conflicts?: readonly string[];
    };

/** Arguments and options of one command line, by their keys. */
export type Values = Readonly<Record<string, unknown>>;

/** How text looks at the place where it is printed. */
export interface Style {
  readonly colors: Colors;
  readonly screen: { readonly isTTY: boolean; readonly columns: number };
}

/** A table of operations by their names. */
export type Operations = Readonly<Record<string, Operation>>;

export function defineOperation<I extends z.ZodObject, O extends object>(
  operation: ToolOperation<I, O>,
): ToolOperation<I, O>;
export function defineOperation<I extends z.ZodObject, O extends object>(
  operation: PersonOperation<I, O>,
): PersonOperation<I, O>;
export function defineOperation(operation: Operation): Operation {
  return operation;
}
