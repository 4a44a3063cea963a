import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import { err, ok, type Result } from "../model/data/result.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isTooDeep, TOO_DEEP } from "../model/json.ts";
import { plainIssue } from "../model/text/plain-issue.ts";

/** Names in seed workflows and of older callers, with the present names. */
const ALIASES: Readonly<Record<string, string>> = { execution_mode: "mode", workflow_template: "template" };

/**
 * Checks arguments against a schema. One answer lists all mistakes, and unknown names with the nearest known one.
 * `snake_case` spellings of known names count as these. Input that is nested too deeply is refused before anything
 * recurses over it.
 * @param called what takes these arguments, in the caller's words
 */
export function checkInput<S extends z.ZodObject>(
  schema: S,
  given: unknown,
  called?: string,
): Result<z.output<S>, Diagnostic[]> {
  if (given !== undefined && (typeof given !== "object" || given === null || Array.isArray(given))) {
    return err([{ severity: "error", code: "wrong_type", message: "arguments must be an object", at: {} }]);
  }
  const known = Object.keys(schema.shape);
  const mistakes: Diagnostic[] = [];
  const named: Record<string, unknown> = Object.create(null);
  const deep: string[] = [];
  for (const [key, value] of Object.entries(given ?? {})) {
    // Hosts send null for arguments that their model left out.
    if (value === null || value === undefined) continue;
    const name = known.includes(key) ? key : canonical(key);
    if (name in named)
      mistakes.push({
        severity: "error",
        code: "duplicate",
        message: `"${key}" is another spelling of "${name}", which is given too`,
        at: { field: key },
      });
    else if (known.includes(name) && isTooDeep(value)) {
      const hint = "Write it to a file and give the file's path, or nest it less.";
      mistakes.push({ severity: "error", code: "too_large", message: TOO_DEEP, hint, at: { field: name } });
      deep.push(name);
    } else if (known.includes(name)) named[name] = value;
    else
      mistakes.push({
        severity: "error",
        code: "unknown_field",
        message: "unknown argument",
        hint: nearest(key, known, called),
        at: { field: key },
      });
  }
  const parsed = schema.safeParse(named, { error: plainIssue });
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      if (deep.includes(String(issue.path[0]))) continue;
      const field = issue.path.join(".");
      const missing = issue.code === "invalid_type" && issue.path.length > 0 && !(String(issue.path[0]) in named);
      mistakes.push({
        severity: "error",
        code: missing ? "missing_field" : "wrong_type",
        message: missing ? "is missing" : issue.message,
        at: { field },
      });
    }
  }
  return parsed.success && mistakes.length === 0 ? ok(parsed.data) : err(mistakes);
}

function canonical(key: string): string {
  return Object.hasOwn(ALIASES, key)
    ? ALIASES[key]!
    : key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function nearest(key: string, known: readonly string[], called?: string): string {
  const all = `${called === undefined ? "Known:" : `${called} takes`} ${known.join(", ")}.`;
  const candidate = closest(key, [...known]);
  return distance(key, candidate) <= Math.max(2, key.length / 3) ? `Did you mean "${candidate}"? ${all}` : all;
}
