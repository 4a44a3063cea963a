import type { FieldTemplates, StepSyntax } from "../../model/contracts/step.ts";
import { isRecord } from "../../model/json.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { parseTemplate } from "../expression/template.ts";

/** Field of a step's config that keeps the pattern as its author wrote it, beside the parsed pattern. */
export const AS_WRITTEN = "written";

/** The fields of a pattern, by when Baton fills them in. */
export interface PatternFields {
  /** Filled in from the element when the step is made, since the parser must know them. */
  readonly computed: Readonly<Record<string, JsonValue>>;
  /** Fields without templates, and templates that are filled in when the step starts. */
  readonly kept: Readonly<Record<string, JsonValue>>;
}

/** Fields that only the element can determine. */
const ALWAYS_COMPUTED = ["id", "dependsOn"];

/** @param syntax the step type of the pattern */
export function splitPattern(
  written: Readonly<Record<string, unknown>>,
  syntax: StepSyntax | undefined,
): PatternFields {
  const computed: [string, unknown][] = [];
  const kept: [string, unknown][] = [];
  for (const [field, value] of Object.entries(written)) {
    const early =
      ALWAYS_COMPUTED.includes(field) ||
      (field !== syntax?.nested?.field && isComputed(value, syntax?.templates[field]));
    (early ? computed : kept).push([field, value]);
  }
  return { computed: Object.fromEntries(computed), kept: Object.fromEntries(kept) } as PatternFields;
}

/**
 * Whether a field is filled in when the step is made. A field whose type knows no templates is, if it holds `{{`. A
 * structured field is, if a lone placeholder stands for a part of its structure.
 */
function isComputed(value: unknown, templates: FieldTemplates | undefined): boolean {
  if (templates === undefined) return holdsBraces(value);
  return (
    typeof templates === "object" &&
    (isLonePlaceholder(value) || (Array.isArray(value) && value.some(isLonePlaceholder)))
  );
}

const holdsBraces = (value: unknown): boolean =>
  typeof value === "string"
    ? value.includes("{{")
    : (Array.isArray(value) || isRecord(value)) && Object.values(value).some(holdsBraces);

/** Whether a text is exactly one `{{ }}`. */
export function isLonePlaceholder(value: unknown): boolean {
  const template = typeof value === "string" ? parseTemplate(value) : undefined;
  return template?.ok === true && template.value.length === 1 && typeof template.value[0] === "object";
}
