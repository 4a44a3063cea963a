import type { FieldTemplates, StepSyntax } from "../../model/contracts/step.ts";
import { isRecord } from "../../model/json.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { parseTemplate } from "../expression/template.ts";

/** The step inside of a step that is a pattern for others stays in its config as it was written, too. */
export const AS_WRITTEN = "written";

/** A step that others are made from, as it was written, parted by when its fields are filled in. */
export interface PatternFields {
  /** What the parser has to know: filled in when the step is made, from its element. */
  readonly computed: Readonly<Record<string, JsonValue>>;
  /** Plain fields, and templates that are filled in as those of any step, when it starts. */
  readonly kept: Readonly<Record<string, JsonValue>>;
}

/** Only the element can say what these are. */
const ALWAYS_COMPUTED = ["id", "dependsOn"];

/** @param syntax of the type of the step */
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

/** Without templates of its own, a field that holds any is filled in early; of structured ones, what a lone placeholder stands for is structure. */
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

/** Nothing but one `{{ }}`. */
export function isLonePlaceholder(value: unknown): boolean {
  const template = typeof value === "string" ? parseTemplate(value) : undefined;
  return template?.ok === true && template.value.length === 1 && typeof template.value[0] === "object";
}
