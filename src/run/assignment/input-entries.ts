import { isRecord } from "../../model/json.ts";
import { named, onOneLine } from "../../model/text/quoted.ts";
import type { JsonObject, JsonValue } from "../../model/workflow.ts";
import type { Told } from "./assignment.ts";

/** A text of so many characters that stands inside of another text above is not repeated. */
const MIN_REPEATED_CHARACTERS = 40;

/** What the other parts tell, and what an input need not say again. */
function tellsAlready({ stepId, prompt, title, description, goal, plan, checks }: Told): (value: JsonValue) => boolean {
  const told = [prompt, title, description, goal, plan?.goal, plan?.summary].filter((text) => text !== undefined);
  const {
    scopeIn = [],
    scopeOut = [],
    assumptions = [],
    decisions = [],
    acceptance = [],
    stepAcceptance = [],
  } = plan ?? {};
  const listed = [...scopeIn, ...scopeOut, ...assumptions, ...decisions, ...acceptance, ...stepAcceptance, ...checks];
  const exact = new Set([...told, ...listed, stepId.slice(stepId.lastIndexOf(".") + 1)]);
  const all = told.join("\n");
  return (value) =>
    typeof value === "string" && (exact.has(value) || (value.length >= MIN_REPEATED_CHARACTERS && all.includes(value)));
}

/** The input of a step, without what says nothing and what the assignment tells already. `read` gives it whole. */
export function inputEntries(whole: Told): string[] {
  const { input } = whole;
  const isTold = tellsAlready(whole);
  const short = (value: JsonValue): JsonValue | undefined => {
    if (isNothing(value) || isTold(value)) return undefined;
    // A list of which a part is told is told whole: half a list would be another one.
    if (Array.isArray(value)) return value.every((one) => short(one) === undefined) ? undefined : value;
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).map(([key, inner]) => [key, short(inner as JsonValue)] as const);
    return someOf(Object.fromEntries(entries.filter(([, inner]) => inner !== undefined)) as JsonValue);
  };
  const left = short(isRecord(input) ? withoutRecord(input) : input);
  if (left === undefined) return [];
  if (!isRecord(left)) return [`    ${textOf(left)}`];
  return Object.entries(left)
    .filter(([, value]) => value !== "none")
    .map(([key, value]) => `    ${named(key)}: ${textOf(value as JsonValue)}`);
}

/** Who hands over to whom, and under which ids, tells a worker nothing that it could use. */
function withoutRecord(input: JsonObject): JsonObject {
  const { handoff } = input;
  if (!isRecord(handoff) || !isRecord(handoff.context)) return input;
  const { from: _, to: __, context, ...rest } = handoff as JsonObject;
  const { task_id: ___, plan_id: ____, ...told } = context as JsonObject;
  return { ...input, handoff: { ...rest, context: told } };
}

/** A list or record of which anything is left. */
const someOf = (value: JsonValue): JsonValue | undefined =>
  Object.keys(value as object).length > 0 ? value : undefined;

/** A value that says nothing. */
const isNothing = (value: JsonValue | null): boolean =>
  value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);

/** A value on one line: text as it is, anything else as JSON. */
export const textOf = (value: JsonValue): string => (typeof value === "string" ? onOneLine(value) : oneLineJson(value));

export const oneLineJson = (value: unknown): string => onOneLine(JSON.stringify(value));
