import { z } from "zod";
import { defined } from "../../model/json.ts";
import { defineOperation } from "../operation.ts";
import { beside, claim, reason } from "./claim.ts";
import { deliver } from "./deliver.ts";
import { printedAsJson } from "./handoff-print.ts";
import { deliveryLines } from "./handoff-text.ts";
import { notes } from "./note-field.ts";

export const releaseStep = defineOperation({
  name: "handoff.release",
  summary: "return the step so that another worker can accept it",
  effect: "change",
  input: z.object({ ...claim, reason, notes: notes.optional() }),
  tool: { name: "handoff", action: "release", unlisted: beside },
  handle: ({ reason, notes, ...claimed }, app, call) =>
    deliver(claimed, { action: "release", ...defined({ reason, notes }) }, app, call),
  command: {
    usage: "handoff release <assignment>",
    options: { reason: "--reason <text>", notes: "--notes <json>" },
    ...printedAsJson,
  },
  text: deliveryLines,
});
