import { z } from "zod";
import type { Template } from "../../model/contracts/templates.ts";
import { formatDiagnostic } from "../../model/diagnostic.ts";
import { err, ok, type Result } from "../../model/result.ts";
import { truncate } from "../../model/text/truncate.ts";
import { compareVersions } from "../../model/version.ts";
import { JsonRecord, type Parameter } from "../../model/workflow.ts";
import type { App } from "../app.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { directoryOf, findTemplate, labelOf, referenceOf } from "../workflow/template-reference.ts";
import { fitPlan } from "../workflow/truncate-plan.ts";
import { compile, planView } from "../workflow/workflows.ts";
import type { ParameterLine, ShownTemplate, TemplateLine, TemplateList, TemplateVersions } from "./template-views.ts";

/** Templates in one answer. */
const DEFAULT_LISTED = 30;
const MAX_LISTED = 200;
/** Characters of a description. */
const MAX_SHORT_CHARACTERS = 200;
const MAX_DESCRIPTION_CHARACTERS = 1_024;

export const listTemplates = defineOperation({
  name: "templates.list",
  input: z.object({ cwd: z.string().optional(), limit: z.number().int().min(1).max(MAX_LISTED).optional() }),
  async handle({ cwd, limit }, app, call): Promise<Result<TemplateList, Failure>> {
    const { templates, refusals } = app.library.scan(directoryOf(cwd, app));
    const byName = new Map<string, Template[]>();
    for (const template of templates) {
      const key = template.name.toLowerCase();
      byName.set(key, [...(byName.get(key) ?? []), template]);
    }
    const most = limit ?? (call.characters === undefined ? Number.POSITIVE_INFINITY : DEFAULT_LISTED);
    const lines = [...byName.keys()].sort().map((name) => lineOf(byName.get(name)!, app, cwd));
    const shown = lines.slice(0, most);
    return ok({
      templates: shown,
      total: lines.length,
      ...(refusals.length > 0 && { refused: refusals.slice(0, 10).map(({ path, message }) => `${path} ${message}`) }),
      ...(lines.length > shown.length && {
        truncated: `the first ${shown.length} of ${lines.length} templates; raise limit to see more`,
      }),
      next: shown[0]
        ? `manage_templates {action: "show", name: "${shown[0].name}"} shows the parameters of one; execute_workflow {template, parameters} runs it.`
        : 'There are no templates here. manage_templates {action: "save", name, workflow} makes one.',
    });
  },
});

function lineOf(all: readonly Template[], app: App, cwd: string | undefined): TemplateLine {
  const meant = findTemplate(all[0]!.name, app, directoryOf(cwd, app));
  const { name, version, source, description = "" } = meant.ok ? meant.value : all[0]!;
  const others = versionsOf(all).filter((other) => other !== version);
  const shadows = all
    .filter((other) => other.version === version && other.source !== source)
    .map((other) => other.source);
  return {
    ...{ name, version, source, description: truncate(description, MAX_SHORT_CHARACTERS) },
    ...(others.length > 0 && { others: others.slice(0, 20) }),
    ...(shadows.length > 0 && { shadows }),
  };
}

const versionsOf = (templates: readonly Template[]): string[] =>
  [...new Set(templates.map(({ version }) => version))].sort(compareVersions).reverse();

/** A template by name, with the version that is meant. */
export const naming = { name: z.string(), version: z.string().optional(), cwd: z.string().optional() };

export const showTemplate = defineOperation({
  name: "templates.show",
  input: z.object({ ...naming, detail: z.enum(["concise", "full"]).optional() }),
  async handle({ name, version, cwd, detail }, app, call): Promise<Result<ShownTemplate, Failure>> {
    const reference = referenceOf(name, version);
    if (!reference.ok) return reference;
    const found = findTemplate(reference.value, app, directoryOf(cwd, app));
    if (!found.ok) return found;
    const { text, source, path, description, savedAt } = found.value;
    const compiled = compile({ template: reference.value, cwd }, app);
    const others = versionsOf(app.library.scan(directoryOf(cwd, app), found.value.name).templates);
    const whole = {
      template: {
        ...{ name: found.value.name, version: found.value.version, source, path },
        ...(description !== undefined && { description: truncate(description, MAX_DESCRIPTION_CHARACTERS) }),
        ...(savedAt !== undefined && { savedAt }),
        versions: others.slice(0, 20),
        valid: compiled.ok,
        ...(compiled.ok
          ? { parameters: parametersOf(compiled.value.parsed), steps: stepsOf(compiled.value.parsed.workflow.steps) }
          : { mistakes: compiled.error.mistakes?.slice(0, 20).map(formatDiagnostic) ?? [compiled.error.message] }),
      },
      ...(compiled.ok &&
        compiled.value.parsed.warnings.length > 0 && {
          warnings: compiled.value.parsed.warnings.slice(0, 10).map(formatDiagnostic),
        }),
      next: compiled.ok
        ? `execute_workflow {template: "${labelOf(found.value)}", parameters: {…}} runs it; with dryRun: true it only shows the plan.`
        : "Correct its mistakes before you run it.",
    };
    if (call.characters === undefined) return ok({ ...whole, text });
    if (detail !== "full") return ok(whole);
    const room = call.characters - JSON.stringify(whole).length - JSON.stringify(text).length;
    return ok(room > 500 ? { ...whole, text } : { ...whole, truncated: `its text is left out; read ${path}` });
  },
});

/** The parameters: as declared, or else as read. */
function parametersOf({
  workflow,
  needs,
}: {
  workflow: { parameters?: Parameter[] | undefined };
  needs: { parameters: string[] };
}): ParameterLine[] {
  if (!workflow.parameters) return needs.parameters.slice(0, 50).map((name) => ({ name, required: true }));
  return workflow.parameters.slice(0, 50).map((parameter) => ({
    ...parameter,
    ...(parameter.description !== undefined && { description: truncate(parameter.description, MAX_SHORT_CHARACTERS) }),
  }));
}

const stepsOf = (steps: readonly { id: string; type: string; description?: string | undefined }[]) =>
  steps.slice(0, 30).map(({ id, type, description }) => ({
    ...{ id, type },
    ...(description !== undefined && { description: truncate(description, MAX_SHORT_CHARACTERS) }),
  }));

/** All versions of a template in all sources, the strongest source first. */
export const listVersions = defineOperation({
  name: "templates.versions",
  input: z.object({ name: z.string(), cwd: z.string().optional() }),
  async handle({ name, cwd }, app, call): Promise<Result<TemplateVersions, Failure>> {
    const directory = directoryOf(cwd, app);
    const found = findTemplate(name, app, directory);
    if (!found.ok) return found;
    const { templates, refusals } = app.library.scan(directory, found.value.name);
    const most = call.characters === undefined ? templates.length : MAX_LISTED;
    return ok({
      name: found.value.name,
      versions: templates.slice(0, most).map(({ version, source, path, savedAt, shadowedBy }) => ({
        ...{ version, source },
        ...(savedAt !== undefined && { savedAt }),
        ...(shadowedBy !== undefined && { shadowedBy }),
        path,
      })),
      ...(refusals.length > 0 && { refused: refusals.slice(0, 10).map(({ path, message }) => `${path} ${message}`) }),
      ...(templates.length > most && { truncated: `the first ${most} of ${templates.length} versions` }),
      next: `"${found.value.name}" alone means ${labelOf(found.value)}; execute_workflow {template: "${found.value.name}@…"} runs another one.`,
    });
  },
});

/** What a run with these parameters would do. */
export const previewTemplate = defineOperation({
  name: "templates.preview",
  input: z.object({
    ...naming,
    parameters: JsonRecord.optional(),
    context: JsonRecord.optional(),
  }),
  async handle({ name, version, cwd, parameters = {}, context = {} }, app, call): Promise<Result<object, Failure>> {
    const reference = referenceOf(name, version);
    if (!reference.ok) return reference;
    const compiled = compile({ template: reference.value, cwd }, app, { parameters, context });
    if (!compiled.ok) {
      const hint = `manage_templates {action: "show", name: "${reference.value}"} shows its parameters.`;
      return err({ hint, ...compiled.error });
    }
    const plan = fitPlan(planView(compiled.value), call.characters);
    const next = `execute_workflow {template: "${compiled.value.template}", parameters} executes it.`;
    return ok({ ...plan, given: compiled.value.parsed.parameters, next });
  },
});
