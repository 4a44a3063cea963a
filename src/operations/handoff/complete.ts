import { z } from "zod";
import { defined } from "../../model/json.ts";
import { HandoffContext } from "../../model/message.ts";
import { Json } from "../../model/workflow.ts";
import { defineOperation } from "../operation.ts";
import { beside, claim, size, waitForOutcome } from "./claim.ts";
import { deliver } from "./deliver.ts";
import { printedAsJson } from "./handoff-print.ts";
import { deliveryLines } from "./handoff-text.ts";
import { notes } from "./note-field.ts";

export const completeStep = defineOperation({
  name: "handoff.complete",
  summary: "deliver a step; the output is JSON or text",
  effect: "change",
  input: z.object({
    ...claim,
    output: Json.describe("what was asked for").optional(),
    context: HandoffContext.describe("for the next agent").optional(),
    notes: notes.optional(),
    next: z.boolean().describe("also lease you the next step").optional(),
    waitSeconds: waitForOutcome,
    size,
  }),
  tool: { name: "handoff", action: "complete", unlisted: beside },
  handle: ({ waitSeconds: seconds, next, size, output, context, notes, ...claimed }, app, call) =>
    deliver(claimed, { action: "complete", ...defined({ output, context, notes }) }, app, call, {
      seconds,
      next,
      size,
    }),
  command: {
    usage: "handoff complete <assignment>",
    options: {
      output: "--output <json>",
      context: "--context <json>",
      notes: "--notes <json>",
      next: "--next",
      waitSeconds: "--wait <seconds>",
      size: "--size <n>",
    },
    ...printedAsJson,
  },
  text: deliveryLines,
});
