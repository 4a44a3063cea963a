import { err, type Result } from "../../model/data/result.ts";
import { WORKFLOW_TYPES } from "../../model/routing.ts";
import { didYouMean } from "../../workflow/diagnostics/did-you-mean.ts";
import type { App } from "../app.ts";
import { badInput, type Failure } from "../refusal.ts";
import { findRoutableTemplate } from "./routable-templates.ts";

/** Why a label is neither a workflow type nor a template here; `undefined` if it is one. */
export function refuseUnknownLabel(label: string, app: App, directory: string): Result<never, Failure> | undefined {
  if (findRoutableTemplate(label, app, directory)) return undefined;
  const names = [...WORKFLOW_TYPES, ...new Set(app.library.scan(directory).templates.map(({ name }) => name))];
  const hint = didYouMean(label, names) ?? `Known: ${names.slice(0, 20).join(", ")}.`;
  const message = `"${label.slice(0, 100)}" is neither a workflow type nor a valid template`;
  return err(badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "workflow" } }]));
}
