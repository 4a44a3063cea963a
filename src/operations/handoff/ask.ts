import { z } from "zod";
import { Questions } from "../../model/question.ts";
import { defineOperation } from "../operation.ts";
import { beside, claim } from "./claim.ts";
import { deliver } from "./deliver.ts";
import { printedAsJson } from "./handoff-print.ts";
import { deliveryLines } from "./handoff-text.ts";

/** The worker of a step asks the person. Its assignment ends, and the step waits for answers. */
export const askPerson = defineOperation({
  name: "handoff.ask",
  summary: "ask the person; ends the assignment, and the step waits for the answers",
  effect: "change",
  input: z.object({
    ...claim,
    questions: Questions.describe("1 to 10 texts, or {id, question, options: [..], default}"),
  }),
  tool: { name: "handoff", action: "ask", unlisted: beside },
  handle: ({ questions, ...claimed }, app, call) => deliver(claimed, { action: "ask", questions }, app, call),
  command: {
    usage: "handoff ask <assignment> [questions...]",
    options: { list: { flags: "--questions <json>", about: "list of texts or of {id, question, options, default}" } },
    ...printedAsJson,
    toInput: ({ assignment, questions: texts, list: questions = texts }) => ({ assignment, questions }),
  },
  text: deliveryLines,
});
