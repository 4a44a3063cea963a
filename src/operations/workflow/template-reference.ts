import { resolve } from "node:path";
import { z } from "zod";
import { readReference, TEMPLATE_NAME_RULE, type Template } from "../../model/contracts/templates.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { escapedLine, named } from "../../model/text/quoted.ts";
import { compareVersions, selectVersion } from "../../model/version.ts";
import { type JsonObject, JsonRecord } from "../../model/workflow.ts";
import { didYouMean } from "../../workflow/diagnostics/did-you-mean.ts";
import { readSource, type Source } from "../../workflow/source/source.ts";
import type { App } from "../app.ts";
import { checkInput } from "../check-input.ts";
import type { Failure } from "../refusal.ts";
import { badInput, failure } from "../refusal.ts";

/**
 * The template that `name`, `name@1` or `name@1.2.0` means: in the strongest source that has it, the highest version
 * that fits.
 */
export function findTemplate(reference: string, app: App, directory: string): Result<Template, Failure> {
  const read = readReference(reference);
  if (!read) {
    const message = `${JSON.stringify(reference.slice(0, 200))} is not a template reference`;
    const hint = `Write name, name@1 or name@1.2.0. ${TEMPLATE_NAME_RULE}`;
    return err(badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "template" } }]));
  }
  const { name, selector } = read;
  const { templates, refusals } = app.library.scan(directory, name);
  for (const source of new Set(templates.map((template) => template.source))) {
    const here = templates.filter((template) => template.source === source);
    const version = selectVersion(
      here.map((template) => template.version),
      selector,
    );
    const found = here.find((template) => template.version === version);
    if (found) return ok(found);
  }
  const { message, hint } =
    templates.length > 0 ? noSuchVersion(reference, templates) : noSuchName(name, app, directory);
  const damaged = refusals.map(({ path, message }) => `${named(path)} ${escapedLine(message)}.`);
  return failure({ reason: "unknown_template", message, hint: [...damaged, hint].join(" ") });
}

function noSuchVersion(reference: string, templates: readonly Template[]) {
  const versions = [...new Set(templates.map(({ version }) => version))].sort(compareVersions).reverse();
  return { message: `there is no template "${reference}"`, hint: `Its versions: ${versions.slice(0, 20).join(", ")}.` };
}

function noSuchName(name: string, app: App, directory: string) {
  const names = [...new Set(app.library.scan(directory).templates.map((template) => template.name))];
  const all = `Known: ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""}.`;
  const hint = [didYouMean(name, names), names.length > 0 ? all : "There are no templates here."]
    .filter(Boolean)
    .join(" ");
  return { message: `there is no template "${name}"`, hint };
}

/** Joins `name` and `version` into one reference. */
export function referenceOf(name: string, version: string | undefined): Result<string, Failure> {
  if (version === undefined) return ok(name);
  const [bare, own] = name.split("@");
  if (own === undefined || own === version) return ok(`${bare}@${version}`);
  const message = `the name asks for version ${own}, and version for ${version}`;
  return err(badInput([{ severity: "error", code: "invalid_value", message, at: { field: "version" } }]));
}

/** A file or an object that says which template to run, and with what: `{template, parameters, context}`. */
const Call = z.object({
  template: z.string(),
  parameters: JsonRecord.optional(),
  context: JsonRecord.optional(),
});

export interface TemplateCall {
  readonly template: string;
  readonly parameters: JsonObject;
  readonly context: JsonObject;
}

/** Longer texts are workflows; reading them twice to find out would be wasted. */
const MAX_CALL_CHARACTERS = 256 * 1024;

/** The call that stands in place of a workflow, if there is one. */
export function templateCallIn(source: Source): Result<TemplateCall | undefined, Diagnostic[]> {
  if ("text" in source && (source.text.length > MAX_CALL_CHARACTERS || !/template["']?\s*:/.test(source.text)))
    return ok(undefined);
  const value = "text" in source ? readSource(source).value : source.value;
  if (typeof value !== "object" || value === null || Array.isArray(value) || Object.hasOwn(value, "steps"))
    return ok(undefined);
  if (!Object.hasOwn(value, "template") && !Object.hasOwn(value, "workflow_template")) return ok(undefined);
  const call = checkInput(Call, value);
  if (call.ok) return ok({ parameters: {}, context: {}, ...call.value } as TemplateCall);
  const file = "text" in source && source.file !== undefined ? { file: source.file } : {};
  return err(call.error.map((mistake) => ({ ...mistake, at: { ...file, ...mistake.at } })));
}

/** A template's text as the parser takes it. A saved template has no path that a person would open. */
export const sourceOf = ({ name, path, source, text }: Template): Source => ({
  text,
  file: source === "saved" ? name : path,
});

/** What answers call a template. */
export const labelOf = ({ name, version }: Template): string => `${name}@${version}`;

export const directoryOf = (cwd: string | undefined, app: App): string => resolve(app.cwd, cwd ?? ".");
