import { z } from "zod";
import { defined } from "../../model/json.ts";
import { Json } from "../../model/workflow.ts";
import { defineOperation } from "../operation.ts";
import { beside, claim, waitForOutcome } from "./claim.ts";
import { deliver } from "./deliver.ts";
import { printedAsJson } from "./handoff-print.ts";
import { deliveryLines } from "./handoff-text.ts";
import { notes } from "./note-field.ts";

export const failStep = defineOperation({
  name: "handoff.fail",
  summary: "report that the step cannot be done, and why",
  effect: "change",
  input: z.object({
    ...claim,
    reason: z.string().min(1).max(4_000).describe("why"),
    output: Json.describe("partial output").optional(),
    notes: notes.optional(),
    waitSeconds: waitForOutcome,
  }),
  tool: { name: "handoff", action: "fail", unlisted: beside },
  handle: ({ reason, output, notes, waitSeconds: seconds, ...claimed }, app, call) =>
    deliver(claimed, { action: "fail", reason, ...defined({ output, notes }) }, app, call, { seconds }),
  command: {
    usage: "handoff fail <assignment>",
    options: {
      reason: "--reason <text>",
      output: "--output <json>",
      notes: "--notes <json>",
      waitSeconds: "--wait <seconds>",
    },
    ...printedAsJson,
  },
  text: deliveryLines,
});
