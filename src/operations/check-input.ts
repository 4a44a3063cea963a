import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";
import { err, ok, type Result } from "../model/data/result.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isTooDeep, TOO_DEEP } from "../model/json.ts";
import { plainIssue } from "../model/text/plain-issue.ts";
import type { Called } from "./app.ts";

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
  called?: Called,
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
    else mistakes.push(unknownArgument(key, name, known, called));
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

/** The present name of an argument in `snake_case`, or under an older name. */
export function canonical(key: string): string {
  return Object.hasOwn(ALIASES, key)
    ? ALIASES[key]!
    : key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** An argument that another action of the same tool takes is named with that action. */
function unknownArgument(key: string, name: string, known: readonly string[], called?: Called): Diagnostic {
  const actions = called?.takers.get(name);
  const at = { field: key };
  if (actions === undefined || actions.length === 0)
    return {
      severity: "error",
      code: "unknown_field",
      message: "unknown argument",
      hint: nearest(key, known, called),
      at,
    };
  const message = `belongs to action ${actions.map((action) => `"${action}"`).join(", ")}`;
  return { severity: "error", code: "unknown_field", message, hint: allOf(known, called), at };
}

const allOf = (known: readonly string[], called?: Called): string =>
  `${called === undefined ? "Known:" : `${called.name} takes`} ${known.join(", ")}.`;

function nearest(key: string, known: readonly string[], called?: Called): string {
  const all = allOf(known, called);
  const candidate = closest(key, [...known]);
  return distance(key, candidate) <= Math.max(2, key.length / 3) ? `Did you mean "${candidate}"? ${all}` : all;
}
