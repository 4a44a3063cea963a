import { named, quotedBlock, quotedLine } from "../../model/text/quoted.ts";
import {
  type ParameterLine,
  type ShownTemplate,
  standOf,
  type TemplateList,
  type TemplateSaving,
  type TemplateVersions,
} from "./template-views.ts";

export function listLines({ templates, total, refused = [] }: TemplateList): string[] {
  return [
    total === 0 ? "There are no templates here." : `${total} template${total === 1 ? "" : "s"}:`,
    ...templates.map(({ name, version, source, description, others, shadows }) => {
      const more = [others && `also ${others.join(", ")}`, shadows && `shadows the one of ${shadows.join(", ")}`];
      const rest = more.filter(Boolean).join("; ");
      return `- ${name}@${version}, ${source}${rest ? ` (${rest})` : ""}: ${describedAs(description)}`;
    }),
    ...refusedLines(refused),
  ];
}

export function versionLines({ name, versions, refused = [] }: TemplateVersions): string[] {
  return [
    `Versions of ${name}:`,
    ...versions.map(({ version, source, savedAt, shadowedBy }) => {
      const more = [savedAt, shadowedBy && `shadowed by ${shadowedBy}`].filter(Boolean).join(", ");
      return `- ${version}, ${source}${more ? ` (${more})` : ""}`;
    }),
    ...refusedLines(refused),
  ];
}

const refusedLines = (refused: readonly string[]): string[] => refused.map((one) => `Refused: ${oneLine(one)}`);

export function savedLines(saving: TemplateSaving): string[] {
  const { done, existing, before, difference } = saving;
  return [
    existing || done ? standOf(saving) : `${standOf(saving)}.`,
    ...(before === undefined
      ? ["There is no earlier version."]
      : [`Difference to ${before}:`, ...quotedBlock(difference || "none")]),
  ];
}

export function oneLines({ template, text }: ShownTemplate): string[] {
  const { name, version, source, path, description, versions, parameters = [], steps = [], mistakes = [] } = template;
  return [
    `${name}@${version}, ${source}: ${describedAs(description)} [${JSON.stringify(path)}]`,
    ...(versions.length > 1 ? [`Versions: ${versions.join(", ")}`] : []),
    ...(parameters.length > 0 ? ["Parameters:", ...parameters.map(parameterLine)] : []),
    ...(steps.length > 0 ? ["Steps:"] : []),
    ...steps.map((step) => `- ${step.id}, ${step.type}${step.description ? `: ${describedAs(step.description)}` : ""}`),
    ...(mistakes.length > 0 ? ["It is invalid:", ...mistakes.map((one) => `- ${one}`)] : []),
    ...(text === undefined ? [] : ["Its text:", ...quotedBlock(text)]),
  ];
}

export const deletedLine = ({ deleted }: { readonly deleted: string }): string => `${deleted} is deleted.`;

function parameterLine(parameter: ParameterLine): string {
  const { name, type, required, default: fallback, enum: allowed, pattern, confirm, description } = parameter;
  const facts = [
    type,
    required && "required",
    fallback !== undefined && `default ${JSON.stringify(fallback)}`,
    allowed && `one of ${allowed.map((one) => JSON.stringify(one)).join(", ")}`,
    pattern !== undefined && `matches ${named(pattern)}`,
    confirm && `a goal alone does not start it with ${confirm.map((one) => JSON.stringify(one)).join(", ")}`,
  ];
  return `- ${named(name)}: ${facts.filter(Boolean).join(", ")}${description ? ` — ${describedAs(description)}` : ""}`;
}

/** Quotes the author's description. */
const describedAs = (description = ""): string =>
  description.trim() === "" ? "no description" : quotedLine(oneLine(description), 2_000);

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
