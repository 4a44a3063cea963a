import { z } from "zod";
import { ok } from "../../model/data/result.ts";
import { runOf } from "../../model/ids.ts";
import { defined } from "../../model/json.ts";
import { HandoffContext } from "../../model/message.ts";
import { defineOperation } from "../operation.ts";
import { performerOf, unknown } from "../workflow/resolve-performers.ts";
import { beside, claim, reason } from "./claim.ts";
import { deliver } from "./deliver.ts";
import { printedAsJson } from "./handoff-print.ts";
import { deliveryLines } from "./handoff-text.ts";
import { notes } from "./note-field.ts";

export const transferStep = defineOperation({
  name: "handoff.transfer",
  summary: "transfer the step to another agent or skill",
  effect: "change",
  input: z.object({
    ...claim,
    to: z.string().min(1).max(200).describe("the agent or skill"),
    context: HandoffContext.describe("for the next agent").optional(),
    reason,
    notes: notes.optional(),
  }),
  tool: { name: "handoff", action: "transfer", unlisted: beside },
  async handle({ to, context, reason, notes, ...claimed }, app, call) {
    const project = (await app.engine.observe(runOf(claimed.assignment) ?? ""))?.state.cwd ?? app.cwd;
    const performer = performerOf(app.catalog, undefined, to, project);
    const said = { action: "transfer" as const, to: performer, ...defined({ context, reason, notes }) };
    const done = await deliver(claimed, said, app, call);
    if (!done.ok || performer.path !== undefined) return done;
    const { message, hint } = unknown(app.catalog, performer.kind, to, project);
    return ok({ ...done.value, warnings: [`${message}. ${hint}`] });
  },
  command: {
    usage: "handoff transfer <assignment> <to>",
    options: { context: "--context <json>", reason: "--reason <text>", notes: "--notes <json>" },
    ...printedAsJson,
  },
  text: deliveryLines,
});
