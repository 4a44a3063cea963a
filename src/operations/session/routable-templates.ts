import type { Template } from "../../model/contracts/templates.ts";
import { err, type Result } from "../../model/data/result.ts";
import { type RoutableTemplate, TEMPLATE_OF, WORKFLOW_TYPES, type WorkflowType } from "../../model/routing.ts";
import type { Parameter, Step } from "../../model/workflow.ts";
import { didYouMean } from "../../workflow/diagnostics/did-you-mean.ts";
import { parseWorkflow } from "../../workflow/parse.ts";
import type { App } from "../app.ts";
import { badInput, type Failure } from "../refusal.ts";
import { findTemplate, sourceOf } from "../workflow/template-reference.ts";
import { readInner } from "../workflow/workflows.ts";

/** The template that a label stands for. */
export const templateNameOf = (label: string): string =>
  Object.hasOwn(TEMPLATE_OF, label) ? TEMPLATE_OF[label as WorkflowType] : label;

const TEMPLATES_OF_TYPES = new Set(Object.values(TEMPLATE_OF));

/** The templates that a goal can mean. Those behind the workflow types are reached through the types. */
export function routableTemplates(app: App, directory: string): RoutableTemplate[] {
  const names = new Set(app.library.scan(directory).templates.map(({ name }) => name));
  return [...names].flatMap((name) => {
    if (TEMPLATES_OF_TYPES.has(name)) return [];
    const found = findTemplate(name, app, directory);
    return found.ok ? (readTemplate(found.value, app, directory) ?? []) : [];
  });
}

/** Parsed templates that are cached, the latest used. */
const parsedTemplates = new Map<string, RoutableTemplate | undefined>();
const MAX_CACHED_TEMPLATES = 500;

/** `undefined` if the template cannot run, so no goal can mean it. */
function readTemplate(template: Template, app: App, directory: string): RoutableTemplate | undefined {
  const key = `${template.path}\n${template.text}`;
  if (parsedTemplates.has(key)) return parsedTemplates.get(key);
  const parsed = parseWorkflow(sourceOf(template), {
    ...{ stepTypes: app.stepSyntax, maxSteps: app.maxSteps },
    readWorkflow: (file) => readInner(file, directory, app),
  });
  const read = parsed.ok ? asRoutable(template, parsed.value.workflow) : undefined;
  if (parsedTemplates.size >= MAX_CACHED_TEMPLATES) parsedTemplates.delete(parsedTemplates.keys().next().value!);
  parsedTemplates.set(key, read);
  return read;
}

function asRoutable(
  { name, version, description, source }: Template,
  { steps, parameters }: { readonly steps: readonly Step[]; readonly parameters?: Parameter[] | undefined },
): RoutableTemplate {
  const agents = steps.flatMap(({ config }) => performersIn(config));
  return {
    name,
    agents: [...new Set(agents)],
    steps,
    reference: `${name}@${version}`,
    ...(source === "project" && { shipped: true }),
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
  };
}

/** The agents that a step names, and the step inside it. */
function performersIn({ agent, skill, step, written }: Readonly<Record<string, unknown>>): string[] {
  const inner = (step as { config?: unknown } | undefined)?.config ?? written;
  const own = [agent ?? skill].filter((one) => typeof one === "string");
  return typeof inner === "object" && inner !== null
    ? [...own, ...performersIn(inner as Record<string, unknown>)]
    : own;
}

/** The template that runs for a label; `undefined` if none here can run. */
export function findRoutableTemplate(label: string, app: App, directory: string): RoutableTemplate | undefined {
  const found = findTemplate(templateNameOf(label), app, directory);
  return found.ok ? readTemplate(found.value, app, directory) : undefined;
}

/** Why a label is neither a workflow type nor a template here; `undefined` if it is one. */
export function refuseUnknownLabel(label: string, app: App, directory: string): Result<never, Failure> | undefined {
  if (findRoutableTemplate(label, app, directory)) return undefined;
  const names = [...WORKFLOW_TYPES, ...new Set(app.library.scan(directory).templates.map(({ name }) => name))];
  const hint = didYouMean(label, names) ?? `Known: ${names.slice(0, 20).join(", ")}.`;
  const message = `"${label.slice(0, 100)}" is neither a workflow type nor a valid template`;
  return err(badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "workflow" } }]));
}
