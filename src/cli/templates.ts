import type { Command } from "commander";
import type { Colors } from "picocolors/types";
import { plain } from "../model/text/plain.ts";
import { named, quotedBlock, quotedLine, quotedValue } from "../model/text/quoted.ts";
import {
  type ShownTemplate,
  standOf,
  type TemplateLine,
  type TemplateList,
  type TemplateSaving,
  type TemplateVersions,
} from "../operations/template/template-views.ts";
import { renderPlan } from "../operations/workflow/plan-print.ts";
import type { PlanView } from "../operations/workflow/workflows.ts";
import { collect, integer } from "./arguments.ts";
import type { Ask } from "./terminal.ts";

/** Adds `baton templates`, with the actions of the manage_templates tool. */
export function addTemplateCommands(program: Command, ask: Ask, colors: Colors): void {
  const templates = program
    .command("templates")
    .description("manage the template library: workflows with versions and parameters");

  templates
    .command("list", { isDefault: true })
    .description("list the templates that `baton run NAME` can run here")
    .option("--limit <n>", "maximum number to list", integer)
    .option("--json", "print as JSON")
    .action(({ limit, json }) =>
      ask("templates.list", { limit }, { json }, (found: TemplateList) => renderList(found, colors)),
    );

  templates
    .command("show <name>")
    .description("show parameters and text; name@1.2.0 or name@1 selects an older version")
    .option("--json", "print as JSON")
    .action((name: string, options) =>
      ask("templates.show", { name }, options, (one: ShownTemplate) => renderOne(one, colors)),
    );

  templates
    .command("versions <name>")
    .description("list all versions from all sources")
    .option("--json", "print as JSON")
    .action((name: string, options) => ask("templates.versions", { name }, options, renderVersions));

  templates
    .command("preview <name>")
    .description("check parameters and show the plan; runs nothing")
    .option("--param <k=v>", "a parameter: k=text, or k:=json for a number, list, …", collect, {})
    .option("--context <k=v>", "a context value, like --param", collect, {})
    .option("--json", "print as JSON")
    .action((name: string, { param, context, json }) =>
      ask("templates.preview", { name, parameters: param, context }, { json }, (plan: PlanView) =>
        renderPlan(plan, colors),
      ),
    );

  templates
    .command("save <file>")
    .description("save a workflow file as a new version; without --confirm only shows the difference")
    .option("--name <name>", "template name (default: the workflow's name)")
    .option("--as <version>", "1.2.0, major, minor or patch (default: the version in the file, else the next)")
    .option("--confirm", "save the version")
    .option("--json", "print as JSON")
    .action((file: string, { name, as: version, confirm, json }) =>
      ask("templates.save", { file, name, version, confirm }, { json }, (saving: TemplateSaving) =>
        renderSaving(saving, colors),
      ),
    );

  templates
    .command("delete <name>")
    .description("delete a saved version, given as name@1.2.0")
    .option("--json", "print as JSON")
    .action((name: string, options) =>
      ask("templates.delete", { name }, options, ({ deleted }: { deleted: string }) => `${deleted} is deleted.`),
    );
}

function renderList({ templates, refused = [] }: TemplateList, colors: Colors): string {
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

function renderOne({ template, text = "" }: ShownTemplate, colors: Colors): string {
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

const renderVersions = ({ versions, refused = [] }: TemplateVersions): string =>
  [
    ...versions.map(({ version, source, path, shadowedBy }) => {
      const more = shadowedBy === undefined ? "" : `  (shadowed by ${shadowedBy})`;
      return `${version.padEnd(10)}  ${source.padEnd(7)}  ${named(path)}${more}`;
    }),
    ...refused.map((one) => `refused: ${plain(one)}`),
  ].join("\n");

function renderSaving(saving: TemplateSaving, colors: Colors): string {
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
