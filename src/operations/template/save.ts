import { stringify } from "yaml";
import { z } from "zod";
import { TEMPLATE_NAME, TEMPLATE_NAME_RULE, type Template } from "../../model/contracts/templates.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { equalJson } from "../../model/json.ts";
import { BUMPS, bump, compareVersions, FIRST_VERSION, VERSION, VERSION_RULE } from "../../model/version.ts";
import { readSource as readText } from "../../workflow/source/source.ts";
import type { App } from "../app.ts";
import { defineOperation, type Values } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { badInput, failure } from "../refusal.ts";
import { directoryOf, labelOf } from "../workflow/template-reference.ts";
import { compile, type Origin, readSource } from "../workflow/workflows.ts";
import { cwd } from "./naming.ts";
import { printSaving } from "./template-print.ts";
import { savedLines } from "./template-text.ts";
import type { TemplateSaving } from "./template-views.ts";
import { diffLines } from "./text-diff.ts";

/** Lines of a difference in one answer. */
const MAX_DIFF_LINES = 200;
/** How often Baton tries another version when other processes keep taking it. */
const MAX_TRIES = 100;

/**
 * Saves a workflow as a version of a template. Without `confirm`, says what would be saved and how it differs from the
 * version before.
 */
export const saveTemplate = defineOperation({
  name: "templates.save",
  summary: "save a workflow as a new version; without confirm only shows the difference",
  effect: "change",
  input: z.object({
    name: z
      .string()
      .regex(TEMPLATE_NAME, `is not a template name. ${TEMPLATE_NAME_RULE}`)
      .describe("its name (default: the workflow's)")
      .optional(),
    version: z
      .union([z.string().regex(VERSION, `${VERSION_RULE}, or one of ${BUMPS.join(", ")}`), z.enum(BUMPS)])
      .describe("1.2.0, major, minor or patch (default: the next)")
      .optional(),
    workflow: z
      .unknown()
      .meta({
        type: ["object", "string"],
        description: "object or YAML text, with parameters: {x: {type, default, description}}",
      })
      .optional(),
    file: z.string().describe("or a file").optional(),
    cwd,
    confirm: z.boolean().describe("without it, only the difference").optional(),
  }),
  tool: {
    name: "manage_templates",
    action: "save",
    unlisted: ["cwd", "file"],
    aliases: { create_workflow_template: fromSeed },
  },
  async handle(input, app): Promise<Result<TemplateSaving, Failure>> {
    const read = readCandidate(input, app);
    if (!read.ok) return read;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const saving = savingOf(read.value, input, app);
      if (!saving.ok) return saving;
      const { template, already } = saving.value;
      if (already || !input.confirm) return ok(viewOf(saving.value));
      const { name, version, text } = template;
      if (app.library.saved.save({ name, version, text, savedAt: new Date(app.scheduler.now()).toISOString() }))
        return ok(viewOf({ ...saving.value, done: true }));
    }
    return failure({
      reason: "version_taken",
      message: "other saves took every version first",
      hint: "Give an explicit version.",
    });
  },
  command: {
    usage: "templates save <file>",
    options: {
      name: "--name <name>",
      version: {
        flags: "--as <version>",
        about: "1.2.0, major, minor or patch (default: the version in the file, else the next)",
      },
      confirm: { flags: "--confirm", about: "save the version" },
    },
    print: (saving, { colors }) => printSaving(saving, colors),
  },
  text: savedLines,
});

type Input = z.output<typeof saveTemplate.input>;

/** Seed 000 gives the fields of the workflow beside its name, and no workflow: `{name, description, skills_sequence}`. */
function fromSeed({ version, cwd, confirm, ...fields }: Values): Values {
  if (fields.workflow !== undefined || fields.file !== undefined) return { version, cwd, confirm, ...fields };
  return { version, cwd, confirm, workflow: fields };
}

/** The input, parsed as a workflow. */
interface Candidate {
  readonly name: string;
  /** The name that the workflow states. */
  readonly version: string | undefined;
  readonly text: string;
}

function readCandidate(input: Input, app: App): Result<Candidate, Failure> {
  const compiled = compile(originOf(input), app);
  if (!compiled.ok) return compiled;
  if (compiled.value.template !== undefined) {
    const message = `this calls the template ${compiled.value.template}; it is not a workflow of its own`;
    return err(badInput([mistake("workflow", "invalid_value", message, "Save a workflow with steps.")]));
  }
  const given = (["workflow", "file"] as const).filter((key) => input[key] !== undefined);
  const source = readSource(originOf(input), app, given);
  if (!source.ok) return err(badInput([source.error]));
  const { workflow } = compiled.value.parsed;
  const name = input.name ?? slugOf(workflow.name);
  if (name === undefined) return err(badInput([mistake("name", "missing_field", "is missing", TEMPLATE_NAME_RULE)]));
  if (input.version !== undefined && workflow.version !== undefined && input.version !== workflow.version) {
    const message = `the workflow declares version ${workflow.version}, and the call asks for ${input.version}`;
    return err(
      badInput([
        mistake("version", "invalid_value", message, "Change the version in the workflow, or remove it there."),
      ]),
    );
  }
  return ok({ name, version: workflow.version, text: asYaml(source.value) });
}

const originOf = ({ workflow, file, cwd }: Input): Origin => ({ workflow, file, cwd });

const mistake = (field: string, code: Diagnostic["code"], message: string, hint: string): Diagnostic => ({
  ...{ severity: "error", code, message, hint, at: { field } },
});

/** The text in one notation, so that versions can be compared line by line. YAML stays as its author wrote it. */
function asYaml(source: { readonly text: string } | { readonly value: unknown }): string {
  if ("text" in source && !/^\s*[{[]/.test(source.text)) return source.text;
  return stringify("text" in source ? readText(source).value : source.value, { lineWidth: 120 });
}

/** A name as a template's name: `Release check` becomes `release-check`. */
function slugOf(name: string): string | undefined {
  if (TEMPLATE_NAME.test(name)) return name;
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^[-_]+|-+$/g, "")
    .slice(0, 100);
  return TEMPLATE_NAME.test(slug) ? slug : undefined;
}

interface Saving {
  readonly template: Candidate & { readonly version: string };
  /** The highest version below it, of any source. */
  readonly before: Template | undefined;
  readonly difference: readonly string[];
  /** Whether this version exists with the same content. */
  readonly already: boolean;
  readonly done?: boolean;
}

function savingOf(candidate: Candidate, input: Input, app: App): Result<Saving, Failure> {
  const { templates, refusals } = app.library.scan(directoryOf(input.cwd, app), candidate.name);
  const versions = templates.map((template) => template.version).sort(compareVersions);
  const highest = versions.at(-1);
  const version = versionFor(candidate, input.version, templates);
  const taken = templates.find((template) => template.source === "saved" && template.version === version);
  if (taken && !sameContent(taken.text, candidate.text)) {
    const free = bump(highest ?? version, "patch");
    const own = candidate.version === undefined ? `Give version: "${free}"` : `Write version: ${free} in the workflow`;
    return failure({
      reason: "version_taken",
      message: `${labelOf(taken)} is already saved with other content, and a saved version never changes`,
      hint: `${own}.`,
    });
  }
  const damaged = refusals.find(
    ({ path, source }) => source === "saved" && path.includes(`@${version}/`.toLowerCase()),
  );
  if (damaged) {
    return failure({
      reason: "version_taken",
      message: `${candidate.name}@${version} is already saved, but ${damaged.path} ${damaged.message}`,
      hint: `manage_templates {action: "delete", name: "${candidate.name}", version: "${version}"} removes the damaged version.`,
    });
  }
  const lower = templates.filter((template) => compareVersions(template.version, version) < 0);
  const before = lower.sort((left, right) => compareVersions(left.version, right.version)).at(-1);
  const difference = before ? diffLines(before.text, candidate.text) : [];
  return ok({ template: { ...candidate, version }, before, difference, already: taken !== undefined });
}

/**
 * The version that the workflow or the caller states; else that of an equal saved one, or the one after the highest.
 */
function versionFor(candidate: Candidate, asked: string | undefined, templates: readonly Template[]): string {
  const highest = templates
    .map(({ version }) => version)
    .sort(compareVersions)
    .at(-1);
  const by = BUMPS.find((one) => one === asked);
  if (by) return highest === undefined ? FIRST_VERSION : bump(highest, by);
  const said = asked ?? candidate.version;
  if (said !== undefined) return said;
  const equal = templates.find(({ source, text }) => source === "saved" && sameContent(text, candidate.text));
  if (equal) return equal.version;
  return highest === undefined ? FIRST_VERSION : bump(highest, "patch");
}

/** Comments and notation do not count. */
const sameContent = (left: string, right: string): boolean =>
  left === right || equalJson(readText({ text: left }).value, readText({ text: right }).value);

function viewOf({ template, before, difference, already, done }: Saving): TemplateSaving {
  const label = labelOf({ ...template, source: "saved", path: "" });
  const shown = difference.slice(0, MAX_DIFF_LINES);
  const call = `manage_templates {action: "save", …, confirm: true}`;
  return {
    saved: label,
    done: done === true || already,
    ...(already && { existing: true }),
    ...(before && { before: `${labelOf(before)} (${before.source})` }),
    ...(before && { difference: difference.length === 0 ? "none" : shown.join("\n") }),
    ...(shown.length < difference.length && {
      truncated: `${shown.length} of ${difference.length} lines of the difference`,
    }),
    next:
      done || already
        ? `execute_workflow {template: "${label}", parameters} runs it.`
        : `Nothing is saved yet. ${call} saves it as ${label}.`,
  };
}
