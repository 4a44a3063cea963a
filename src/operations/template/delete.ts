import { z } from "zod";
import { TEMPLATE_NAME } from "../../model/contracts/templates.ts";
import { err, ok } from "../../model/data/result.ts";
import { VERSION } from "../../model/version.ts";
import { defineOperation } from "../operation.ts";
import { badInput, failure } from "../refusal.ts";
import { directoryOf, findTemplate, referenceOf } from "../workflow/template-reference.ts";
import { naming } from "./naming.ts";
import { deletedLine } from "./template-text.ts";

/** Removes a saved version. Templates of other sources are files that others keep. */
export const deleteTemplate = defineOperation({
  name: "templates.delete",
  summary: "delete a saved version, given as name@1.2.0",
  effect: "destroy",
  input: z.object(naming),
  tool: { name: "manage_templates", action: "delete", unlisted: ["version", "cwd"] },
  async handle({ name, version, cwd }, app) {
    const reference = referenceOf(name, version);
    if (!reference.ok) return reference;
    const [bare = "", selector] = reference.value.split("@");
    const saved = app.library.saved.list(bare).map((one) => ("template" in one ? one.template.version : undefined));
    if (selector === undefined && saved.length > 1) {
      const versions = saved.filter((one) => one !== undefined).join(", ");
      const hint = `Give one of its saved versions: ${versions}.`;
      return err(
        badInput([{ severity: "error", code: "missing_field", message: "is missing", hint, at: { field: "version" } }]),
      );
    }
    const meant = selector ?? saved[0];
    if (
      TEMPLATE_NAME.test(bare) &&
      meant !== undefined &&
      VERSION.test(meant) &&
      app.library.saved.remove(bare, meant)
    ) {
      return ok({ deleted: `${bare}@${meant}`, next: 'manage_templates {action: "list"} lists the templates.' });
    }
    const found = findTemplate(reference.value, app, directoryOf(cwd, app));
    if (!found.ok) return found;
    const { source, path } = found.value;
    const hint =
      source === "saved"
        ? `Give the full version, ${found.value.version}.`
        : `It comes from ${path}; this action deletes only saved versions. Delete the file by hand.`;
    return failure({ reason: "not_saved", message: `there is no saved template ${reference.value}`, hint });
  },
  command: { usage: "templates delete <name>", print: deletedLine },
  text: (answer) => [deletedLine(answer)],
});
