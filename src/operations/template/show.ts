import { z } from "zod";
import { ok, type Result } from "../../model/data/result.ts";
import { formatDiagnostic } from "../../model/diagnostic.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { Parameter } from "../../model/workflow.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { directoryOf, findTemplate, labelOf, referenceOf } from "../workflow/template-reference.ts";
import { compile } from "../workflow/workflows.ts";
import { naming } from "./naming.ts";
import { printOne } from "./template-print.ts";
import { oneLines } from "./template-text.ts";
import { MAX_SHORT_CHARACTERS, type ParameterLine, type ShownTemplate, versionsOf } from "./template-views.ts";

/** Characters of a description. */
const MAX_DESCRIPTION_CHARACTERS = 1_024;

export const showTemplate = defineOperation({
  name: "templates.show",
  summary: "show parameters and text; name@1.2.0 or name@1 selects an older version",
  effect: "read",
  input: z.object({ ...naming, detail: z.enum(["concise", "full"]).describe("full: with its text").optional() }),
  tool: { name: "manage_templates", action: "show", unlisted: ["cwd", "version"] },
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
  command: { usage: "templates show <name>", print: (one, { colors }) => printOne(one, colors) },
  text: oneLines,
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
