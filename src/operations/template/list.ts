import { z } from "zod";
import type { Template } from "../../model/contracts/templates.ts";
import { ok, type Result } from "../../model/data/result.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { App } from "../app.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { directoryOf, findTemplate } from "../workflow/template-reference.ts";
import { cwd } from "./naming.ts";
import { printList } from "./template-print.ts";
import { listLines } from "./template-text.ts";
import {
  MAX_LISTED,
  MAX_SHORT_CHARACTERS,
  type TemplateLine,
  type TemplateList,
  versionsOf,
} from "./template-views.ts";

/** Templates in one answer, unless the caller gives a limit. */
const DEFAULT_LISTED = 30;

export const listTemplates = defineOperation({
  name: "templates.list",
  summary: "list the templates that `baton run NAME` can run here",
  effect: "read",
  input: z.object({
    cwd,
    limit: z.number().int().min(1).max(MAX_LISTED).describe("at most").optional(),
  }),
  tool: { name: "manage_templates", action: "list", unlisted: ["limit", "cwd"] },
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
  command: {
    usage: "templates list",
    isDefault: true,
    options: { limit: "--limit <n>" },
    print: (found, { colors }) => printList(found, colors),
  },
  text: listLines,
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
