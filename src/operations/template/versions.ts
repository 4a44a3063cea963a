import { z } from "zod";
import { ok, type Result } from "../../model/data/result.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { directoryOf, findTemplate, labelOf } from "../workflow/template-reference.ts";
import { cwd, reference } from "./naming.ts";
import { printVersions } from "./template-print.ts";
import { versionLines } from "./template-text.ts";
import { MAX_LISTED, type TemplateVersions } from "./template-views.ts";

/** All versions of a template in all sources, the strongest source first. */
export const listVersions = defineOperation({
  name: "templates.versions",
  summary: "list all versions from all sources",
  effect: "read",
  input: z.object({ name: reference, cwd }),
  tool: { name: "manage_templates", action: "versions", unlisted: ["cwd"] },
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
  command: { usage: "templates versions <name>", print: printVersions },
  text: versionLines,
});
