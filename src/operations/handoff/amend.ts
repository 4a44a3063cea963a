import { z } from "zod";
import { err } from "../../model/data/result.ts";
import { defined } from "../../model/json.ts";
import { Json } from "../../model/workflow.ts";
import { defineOperation } from "../operation.ts";
import { badInput } from "../refusal.ts";
import { beside, claim, waitForOutcome } from "./claim.ts";
import { deliver } from "./deliver.ts";
import { printedAsJson } from "./handoff-print.ts";
import { deliveryLines } from "./handoff-text.ts";
import { notes } from "./note-field.ts";

/** The worker corrects what it delivered, until a step that reads it has started or the run has ended. */
export const amendDelivered = defineOperation({
  name: "handoff.amend",
  summary: "correct what you delivered, until a step that reads it has started",
  effect: "change",
  input: z.object({
    ...claim,
    output: Json.describe("the whole output, corrected").optional(),
    notes: notes.optional(),
    waitSeconds: waitForOutcome,
  }),
  tool: { name: "handoff", action: "amend", unlisted: beside },
  async handle({ output, notes, waitSeconds: seconds, ...claimed }, app, call) {
    if (output === undefined && notes === undefined) {
      const message = "what should it say instead? Give output, notes or both";
      return err(badInput([{ severity: "error", code: "missing_field", message, at: {} }]));
    }
    return deliver(claimed, { action: "amend", ...defined({ output, notes }) }, app, call, { seconds });
  },
  command: {
    usage: "handoff amend <assignment>",
    options: { output: "--output <json>", notes: "--notes <json>", waitSeconds: "--wait <seconds>" },
    ...printedAsJson,
  },
  text: deliveryLines,
});
