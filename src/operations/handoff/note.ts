import { z } from "zod";
import { defineOperation } from "../operation.ts";
import { beside, claim } from "./claim.ts";
import { deliver } from "./deliver.ts";
import { printedAsJson } from "./handoff-print.ts";
import { deliveryLines } from "./handoff-text.ts";
import { notes } from "./note-field.ts";

/** The worker of a step tells others something, and keeps the step. */
export const leaveNote = defineOperation({
  name: "handoff.note",
  summary: "tell those who come after, or whom you name, what they must know; renews the lease",
  effect: "change",
  input: z.object({ ...claim, notes }),
  tool: { name: "handoff", action: "note", unlisted: beside },
  handle: ({ notes, ...claimed }, app, call) => deliver(claimed, { action: "note", notes }, app, call),
  command: {
    usage: "handoff note <assignment> [notes...]",
    options: { list: { flags: "--notes <json>", about: "text, or list of texts or of {text, for, kind}" } },
    ...printedAsJson,
    toInput: ({ assignment, notes: texts, list: notes = texts }) => ({ assignment, notes }),
  },
  text: deliveryLines,
});
