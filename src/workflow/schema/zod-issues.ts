import type { z } from "zod";
import type { StepSyntax } from "../../model/contracts/step.ts";
import { STEP_ID } from "../../model/ids.ts";
import { isRecord } from "../../model/json.ts";
import { DURATION_FORMS } from "../../model/text/duration.ts";
import { groupDigits } from "../../model/text/format.ts";
import { ZOD_TYPE_WORDS } from "../../model/text/plain-issue.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { Diagnostics, Path } from "../diagnostics/diagnostics.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import { isUnsupportedField, isUnsupportedValue, synonym } from "./unsupported-fields.ts";
import { fieldsAt } from "./workflow-schema.ts";

type Issue = z.core.$ZodIssue;

const DURATIONS = new Set(["timeout", "retryDelay", "maxDelay", "duration", "every"]);
const ID_RULE =
  "Ids are letters, digits, _ . and -, begin with a letter, a digit or _, and have at most 128 characters.";

/** Reports zod issues in plain words, with a hint. `syntaxOf`: the type of the step at an index. */
export function reportIssues(
  issues: readonly Issue[],
  raw: unknown,
  diagnostics: Diagnostics,
  syntaxOf: (index: number) => StepSyntax | undefined,
): void {
  for (const issue of issues) reportIssue(issue, [], raw, diagnostics, syntaxOf);
}

function reportIssue(
  issue: Issue,
  before: Path,
  raw: unknown,
  diagnostics: Diagnostics,
  syntaxOf: (index: number) => StepSyntax | undefined,
): void {
  const path: Path = [...before, ...(issue.path as (string | number)[])];
  const value = valueAt(raw, path);
  const key = path[path.length - 1];
  const place = path.filter((part) => typeof part === "string").join(".");
  const isDuration = typeof key === "string" && DURATIONS.has(key);
  const hint = isDuration ? `Write ${DURATION_FORMS}.` : undefined;
  const wrong = (words: string) => {
    const expected = isDuration ? "a duration" : words;
    if (path.length === 0) {
      const message = `a workflow is an object with "name" and "steps", not ${describeValue(value)}`;
      diagnostics.report("wrong_type", path, message);
    } else if (value === undefined) diagnostics.report("missing_field", path, `"${key}" is missing`);
    else diagnostics.report("wrong_type", path, `must be ${expected}, not ${describeValue(value)}`, { hint });
  };
  switch (issue.code) {
    case "invalid_type":
      return wrong(ZOD_TYPE_WORDS[issue.expected] ?? issue.expected);
    case "custom":
      return wrong("an object");
    case "unrecognized_keys": {
      const syntax = path[0] === "steps" && typeof path[1] === "number" ? syntaxOf(path[1]) : undefined;
      for (const name of issue.keys) reportUnknownField(name, path, place, syntax, diagnostics);
      return;
    }
    case "invalid_union": {
      if (issue.errors.length === 0)
        return reportInvalidValue(place, value, (issue as { options?: unknown[] }).options ?? [], path, diagnostics);
      const inner = issue.errors.find((branch) => branch.some((each) => each.path.length > 0));
      if (inner) {
        for (const each of inner) reportIssue(each, path, raw, diagnostics, syntaxOf);
        return;
      }
      return wrong([...new Set(issue.errors.flat().flatMap(expectedWords))].join(", "));
    }
    case "invalid_value":
      return reportInvalidValue(place, value, issue.values, path, diagnostics);
    case "too_small":
      if (place === "steps" && issue.origin === "array") {
        return diagnostics.report("invalid_value", path, "a workflow needs at least one step");
      }
      if (issue.origin !== "number") return diagnostics.report("invalid_value", path, "must not be empty");
      return diagnostics.report("invalid_value", path, `must be at least ${issue.minimum}, not ${value}`, { hint });
    case "too_big": {
      const unit = issue.origin === "number" ? "" : " characters long";
      const message = `must be at most ${groupDigits(issue.maximum)}${unit}`;
      return diagnostics.report("invalid_value", path, message, { hint });
    }
    case "invalid_format":
      if (issue.pattern !== String(STEP_ID)) return diagnostics.report("invalid_value", path, issue.message);
      return diagnostics.report("invalid_value", path, `${JSON.stringify(value)} is not a step id`, { hint: ID_RULE });
    default:
      return diagnostics.report("invalid_value", path, issue.message);
  }
}

/** The words for what one branch of a union accepts. */
function expectedWords(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "invalid_type") return [ZOD_TYPE_WORDS[issue.expected] ?? []].flat();
  if (issue.code === "invalid_value") return issue.values.map((value) => JSON.stringify(value));
  return issue.message === "record" ? ["an object"] : [];
}

function reportUnknownField(
  name: string,
  path: Path,
  place: string,
  syntax: StepSyntax | undefined,
  diagnostics: Diagnostics,
): void {
  const at = [...path, name];
  if (isUnsupportedField(place, name)) {
    return diagnostics.report("not_supported", at, `"${name}" is not supported yet`, { on: "key" });
  }
  const known = fieldsAt(place, syntax);
  const other = synonym(name);
  const hint = () => {
    if (other !== undefined && known.includes(other)) return `Write "${other}" instead.`;
    return didYouMean(name, known) ?? (known.length === 0 ? undefined : `Known here: ${known.join(", ")}.`);
  };
  diagnostics.report("unknown_field", at, `unknown field "${name}"`, { hint, on: "key" });
}

function reportInvalidValue(
  place: string,
  value: unknown,
  values: readonly unknown[],
  path: Path,
  diagnostics: Diagnostics,
): void {
  const known = values.filter((each) => typeof each === "string");
  const list = known.map((each) => `"${each}"`).join(", ");
  if (isUnsupportedValue(place, value)) {
    return diagnostics.report("not_supported", path, `"${value}" is not supported yet`, {
      hint: `Supported: ${list}.`,
    });
  }
  const expected = known.length === 1 ? list : `one of ${list}`;
  const hint = typeof value === "string" ? () => didYouMean(value, known) : undefined;
  if (value === undefined) return diagnostics.report("missing_field", path, `"${path[path.length - 1]}" is missing`);
  diagnostics.report("invalid_value", path, `must be ${expected}, not ${describeValue(value)}`, { hint });
}

function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const part of path) {
    if (Array.isArray(value) && typeof part === "number") value = value[part];
    else if (isRecord(value) && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
}

/** The words for a value in an error. */
function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return `the text ${JSON.stringify(truncate(value, 40))}`;
    case "number":
      return `the number ${value}`;
    case "boolean":
      return String(value);
    case "undefined":
      return "nothing";
    default:
      return "an object";
  }
}
