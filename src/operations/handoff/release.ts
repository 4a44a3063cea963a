import { z } from "zod";
import { defined } from "../../model/json.ts";
import { defineOperation } from "../operation.ts";
import { beside, claim, reason } from "./claim.ts";
import { deliver } from "./deliver.ts";
import { printedAsJson } from "./handoff-print.ts";
import { deliveryLines } from "./handoff-text.ts";

export const releaseStep = defineOperation({
  name: "handoff.release",
  summary: "return the step so that another worker can accept it",
  effect: "change",
  input: z.object({ ...claim, reason }),
  tool: { name: "handoff", action: "release", unlisted: beside },
  handle: ({ reason, ...claimed }, app, call) =>
    deliver(claimed, { action: "release", ...defined({ reason }) }, app, call),
  command: { usage: "handoff release <assignment>", options: { reason: "--reason <text>" }, ...printedAsJson },
  text: deliveryLines,
});
