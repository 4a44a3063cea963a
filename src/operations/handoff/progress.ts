import { z } from "zod";
import { defined } from "../../model/json.ts";
import { defineOperation } from "../operation.ts";
import { beside, claim } from "./claim.ts";
import { deliver } from "./deliver.ts";
import { printedAsJson } from "./handoff-print.ts";
import { deliveryLines } from "./handoff-text.ts";
import { notes } from "./note-field.ts";

export const progressStep = defineOperation({
  name: "handoff.progress",
  summary: "report progress and renew the lease",
  effect: "change",
  input: z.object({
    ...claim,
    percent: z.number().min(0).max(100).optional(),
    task: z.string().max(200).describe("what you do now").optional(),
    notes: notes.optional(),
  }),
  tool: { name: "handoff", action: "progress", unlisted: beside },
  handle: ({ percent, task, notes, ...claimed }, app, call) =>
    deliver(claimed, { action: "progress", ...defined({ percent, task, notes }) }, app, call),
  command: {
    usage: "handoff progress <assignment>",
    options: { percent: "--percent <n>", task: "--task <text>", notes: "--notes <json>" },
    ...printedAsJson,
  },
  text: deliveryLines,
});
