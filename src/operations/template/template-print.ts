import type { Colors } from "picocolors/types";
import { plain } from "../../model/text/plain.ts";
import { named, quotedBlock, quotedLine, quotedValue } from "../../model/text/quoted.ts";
import {
  type ShownTemplate,
  standOf,
  type TemplateLine,
  type TemplateList,
  type TemplateSaving,
  type TemplateVersions,
} from "./template-views.ts";

export function printList({ templates, refused = [] }: TemplateList, colors: Colors): string {
  if (templates.length === 0 && refused.length === 0) return "There are no templates here.";
  const label = ({ name, version }: TemplateLine) => `${name}@${version}`;
  const widest = Math.min(40, Math.max(0, ...templates.map((one) => label(one).length)));
  return [
    ...templates.map((one) => {
      const about = [
        one.description && quotedLine(plain(one.description)),
        one.others && `also ${one.others.join(", ")}`,
      ]
        .filter(Boolean)
        .join("; ");
      return `${label(one).padEnd(widest)}  ${one.source.padEnd(7)}  ${colors.dim(about)}`.trimEnd();
    }),
    ...refused.map((one) => colors.yellow(`refused: ${plain(one)}`)),
  ].join("\n");
}

export function printOne({ template, text = "" }: ShownTemplate, colors: Colors): string {
  const { name, version, source, path, description, versions, parameters = [], mistakes = [] } = template;
  return [
    `${colors.bold(`${name}@${version}`)}  ${source}  ${named(path)}`,
    ...(description === undefined ? [] : [`  ${quotedLine(plain(description), 2_000)}`]),
    ...(versions.length > 1 ? [`  Versions: ${versions.join(", ")}`] : []),
    ...parameters.map(({ name, type = "", required, default: fallback, description = "" }) =>
      `  --param ${named(name)}=…  ${type}${required ? ", required" : fallback === undefined ? "" : `, default ${quotedValue(fallback)}`}  ${colors.dim(description === "" ? "" : quotedLine(plain(description)))}`.trimEnd(),
    ),
    ...mistakes.map((one) => colors.red(`  ${quotedLine(one, 2_000)}`)),
    "",
    ...quotedBlock(text),
  ].join("\n");
}

export const printVersions = ({ versions, refused = [] }: TemplateVersions): string =>
  [
    ...versions.map(({ version, source, path, shadowedBy }) => {
      const more = shadowedBy === undefined ? "" : `  (shadowed by ${shadowedBy})`;
      return `${version.padEnd(10)}  ${source.padEnd(7)}  ${named(path)}${more}`;
    }),
    ...refused.map((one) => `refused: ${plain(one)}`),
  ].join("\n");

export function printSaving(saving: TemplateSaving, colors: Colors): string {
  const { done, existing, before, difference = "" } = saving;
  const stands = standOf(saving);
  const lines = quotedBlock(difference).map((line) => {
    if (line.startsWith("| +")) return colors.green(line);
    return line.startsWith("| -") ? colors.red(line) : line;
  });
  return [
    ...(before === undefined ? [] : [`Difference to ${before}:`, ...lines]),
    existing ? stands : done ? `${colors.green("✔")} ${stands}` : `${stands}; --confirm saves it.`,
  ].join("\n");
}
