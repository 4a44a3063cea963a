import type { Template } from "../../model/contracts/templates.ts";
import { type RoutableTemplate, TEMPLATE_OF, type WorkflowType } from "../../model/routing.ts";
import type { Parameter } from "../../model/workflow.ts";
import { parseWorkflow } from "../../workflow/parse.ts";
import type { App } from "../app.ts";
import { findTemplate, sourceOf } from "../workflow/template-reference.ts";
import { readInner } from "../workflow/workflows.ts";

/** The template that a label stands for. */
export const templateOf = (label: string): string =>
  Object.hasOwn(TEMPLATE_OF, label) ? TEMPLATE_OF[label as WorkflowType] : label;

const ROUTED_BY_TYPE = new Set(Object.values(TEMPLATE_OF));

/** The templates that a goal can mean. Those behind the workflow types are reached through the types. */
export function routable(app: App, directory: string): RoutableTemplate[] {
  const names = new Set(app.library.scan(directory).templates.map(({ name }) => name));
  return [...names].flatMap((name) => {
    if (ROUTED_BY_TYPE.has(name)) return [];
    const found = findTemplate(name, app, directory);
    return found.ok ? (readTemplate(found.value, app, directory) ?? []) : [];
  });
}

/** Parsed templates that are cached, the latest used. */
const READ = new Map<string, RoutableTemplate | undefined>();
const MAX_CACHED_TEMPLATES = 500;

/** `undefined` if the template cannot run, so no goal can mean it. */
function readTemplate(template: Template, app: App, directory: string): RoutableTemplate | undefined {
  const key = `${template.path}\n${template.text}`;
  if (READ.has(key)) return READ.get(key);
  const parsed = parseWorkflow(sourceOf(template), {
    ...{ stepTypes: app.stepSyntax, maxSteps: app.maxSteps },
    readWorkflow: (file) => readInner(file, directory, app),
  });
  const read = parsed.ok ? asRoutable(template, parsed.value.workflow) : undefined;
  if (READ.size >= MAX_CACHED_TEMPLATES) READ.delete(READ.keys().next().value!);
  READ.set(key, read);
  return read;
}

function asRoutable(
  { name, version, description, source }: Template,
  {
    steps,
    parameters,
  }: { steps: readonly { config: Readonly<Record<string, unknown>> }[]; parameters?: Parameter[] | undefined },
): RoutableTemplate {
  const agents = steps.flatMap(({ config }) => performersIn(config));
  return {
    name,
    agents: [...new Set(agents)],
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
export function templateBehind(label: string, app: App, directory: string): RoutableTemplate | undefined {
  const found = findTemplate(templateOf(label), app, directory);
  return found.ok ? readTemplate(found.value, app, directory) : undefined;
}
