import { z } from "zod";
import { err, ok } from "../../model/data/result.ts";
import { messageIdFrom } from "../../model/ids.ts";
import type { Message } from "../../model/message.ts";
import { Json } from "../../model/workflow.ts";
import { notFound } from "../../run/run-failure.ts";
import { defineOperation } from "../operation.ts";
import { badInput, failure } from "../refusal.ts";
import { MAX_DELIVERY_CHARACTERS, tooLarge } from "./deliver.ts";
import { printedAsJson } from "./handoff-print.ts";
import { deliveryLines } from "./handoff-text.ts";
import { standing } from "./standing.ts";

/** The person's answers, for the next worker of the step. */
export const answerQuestions = defineOperation({
  name: "handoff.answer",
  summary: "answer the questions of a step, in their order",
  effect: "change",
  input: z.object({
    workflowId: z.string().describe("the run"),
    stepId: z.string().describe("the step"),
    round: z.number().int().min(1).describe("question round (default: the latest)").optional(),
    answers: Json.describe("{questionId: answer}, or a list in their order"),
  }),
  tool: { name: "handoff", action: "answer" },
  async handle({ workflowId, stepId, round, answers }, app) {
    if (!(await app.engine.observe(workflowId))) return failure(notFound(workflowId));
    const size = JSON.stringify(answers).length;
    if (size > MAX_DELIVERY_CHARACTERS) return err(badInput([tooLarge("answers", size)]));
    const id = messageIdFrom(app.scheduler.random(16));
    const message: Message = { id, action: "answer", stepId, ...(round !== undefined && { round }), answers };
    const sent = await app.engine.send(workflowId, message, app.executes);
    if (!sent.ok) return failure({ workflowId, ...sent.error });
    await app.engine.durable(workflowId);
    const { plan } = (await app.engine.observe(workflowId))!;
    return ok(await standing(workflowId, plan.indexOf.get(stepId)!, app, id));
  },
  command: {
    usage: "handoff answer <workflowId> <stepId> [answers...]",
    options: {
      given: { flags: "--answers <json>", about: "record by question id, or list" },
      round: "--round <n>",
    },
    ...printedAsJson,
    toInput: ({ workflowId, stepId, round, answers: texts, given: answers = texts }) => ({
      workflowId,
      stepId,
      round,
      answers,
    }),
  },
  text: deliveryLines,
});
