import { escapeControl, mapTexts } from "../model/text/escape-control.ts";
import { escapedLine } from "../model/text/quoted.ts";

/** Answer fields that hold several lines. Their renderers mark untrusted text in them. */
const MULTILINE_FIELDS: ReadonlySet<string> = new Set([
  "briefing",
  "difference",
  "drawing",
  "mermaid",
  "summary",
  "text",
]);

/** True for a workflow that is shown as YAML, which quotes its own texts. */
const isWorkflow = (key: string, value: unknown): boolean => key === "workflow" && typeof value === "object";

/**
 * Makes an answer safe for a terminal: escapes control characters and keeps each text on its line.
 * Every answer passes through here before rendering.
 */
export const drawable = <T>(answer: T): T =>
  mapTexts(answer, escapedLine, (key, value) =>
    MULTILINE_FIELDS.has(key) || isWorkflow(key, value) ? escapeControl : undefined,
  );
