import type { Parameter } from "../model/workflow.ts";
import type { TemplateLine } from "../operations/templates.ts";

/** Answers about templates, in a few lines; `undefined`: it is another answer. */
export function templateLines(answer: object): string[] | undefined {
  if ("templates" in answer) return listLines(answer as never);
  if ("versions" in answer) return versionLines(answer as never);
  if ("saved" in answer) return savedLines(answer as never);
  if ("deleted" in answer && !("workflowId" in answer))
    return [`${(answer as { deleted: string }).deleted} is deleted.`];
  if ("template" in answer && typeof answer.template === "object") return oneLines(answer as never);
  return undefined;
}

function listLines({
  templates,
  total,
  refused = [],
}: {
  templates: TemplateLine[];
  total: number;
  refused?: string[];
}) {
  return [
    total === 0 ? "There are no templates." : `${total} template${total === 1 ? "" : "s"}:`,
    ...templates.map(({ name, version, source, description, others, shadows }) => {
      const more = [others && `also ${others.join(", ")}`, shadows && `hides the one of ${shadows.join(", ")}`];
      const rest = more.filter(Boolean).join("; ");
      return `- ${name}@${version}, ${source}${rest ? ` (${rest})` : ""}: ${oneLine(description) || "no description"}`;
    }),
    ...refusedLines(refused),
  ];
}

interface Version {
  readonly version: string;
  readonly source: string;
  readonly savedAt?: string;
  readonly shadowedBy?: string;
}

function versionLines({ name, versions, refused = [] }: { name: string; versions: Version[]; refused?: string[] }) {
  return [
    `Versions of ${name}:`,
    ...versions.map(({ version, source, savedAt, shadowedBy }) => {
      const more = [savedAt, shadowedBy && `shadowed by ${shadowedBy}`].filter(Boolean).join(", ");
      return `- ${version}, ${source}${more ? ` (${more})` : ""}`;
    }),
    ...refusedLines(refused),
  ];
}

const refusedLines = (refused: readonly string[]): string[] => refused.map((one) => `Not taken: ${oneLine(one)}`);

function savedLines(saving: {
  saved: string;
  done: boolean;
  existing?: boolean;
  before?: string;
  difference?: string;
}) {
  const { saved, done, existing, before, difference } = saving;
  return [
    existing
      ? `${saved} is saved already, just like this.`
      : done
        ? `${saved} is saved.`
        : `It would be saved as ${saved}.`,
    ...(before === undefined ? ["There is no version before it."] : [`Difference to ${before}:`, difference ?? "none"]),
  ];
}

interface One {
  readonly template: {
    readonly name: string;
    readonly version: string;
    readonly source: string;
    readonly path: string;
    readonly description?: string;
    readonly versions: readonly string[];
    readonly parameters?: readonly (Partial<Parameter> & { name: string })[];
    readonly steps?: readonly { id: string; type: string; description?: string }[];
    readonly mistakes?: readonly string[];
  };
  readonly text?: string;
}

function oneLines({ template, text }: One): string[] {
  const { name, version, source, path, description, versions, parameters = [], steps = [], mistakes = [] } = template;
  return [
    `${name}@${version}, ${source}: ${oneLine(description ?? "") || "no description"} [${JSON.stringify(path)}]`,
    ...(versions.length > 1 ? [`Versions: ${versions.join(", ")}`] : []),
    ...(parameters.length > 0 ? ["Parameters:", ...parameters.map(parameterLine)] : []),
    ...(steps.length > 0 ? ["Steps:"] : []),
    ...steps.map((step) => `- ${step.id}, ${step.type}${step.description ? `: ${oneLine(step.description)}` : ""}`),
    ...(mistakes.length > 0 ? ["It is broken:", ...mistakes.map((one) => `- ${one}`)] : []),
    ...(text === undefined ? [] : [text.trimEnd()]),
  ];
}

export function parameterLine(parameter: Partial<Parameter> & { name: string }): string {
  const { name, type, required, default: fallback, enum: allowed, pattern, confirm, description } = parameter;
  const facts = [
    type,
    required && "required",
    fallback !== undefined && `default ${JSON.stringify(fallback)}`,
    allowed && `one of ${allowed.map((one) => JSON.stringify(one)).join(", ")}`,
    pattern !== undefined && `matches ${pattern}`,
    confirm && `a goal alone does not start it with ${confirm.map((one) => JSON.stringify(one)).join(", ")}`,
  ];
  return `- ${name}: ${facts.filter(Boolean).join(", ")}${description ? ` — ${oneLine(description)}` : ""}`;
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
