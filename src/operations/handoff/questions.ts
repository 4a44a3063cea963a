import { z } from "zod";
import { messageIdFrom } from "../../model/ids.ts";
import type { Message } from "../../model/message.ts";
import { Questions } from "../../model/question.ts";
import { err, ok } from "../../model/result.ts";
import { Json } from "../../model/workflow.ts";
import { notFound } from "../../run/run-failure.ts";
import { defineOperation } from "../operation.ts";
import { badInput, failure } from "../refusal.ts";
import { claim, deliver, MAX_DELIVERY_CHARACTERS, standing, tooLarge } from "./handoffs.ts";

/** The worker of a step asks the person. Its assignment ends, and the step waits for answers. */
export const askPerson = defineOperation({
  name: "handoff.ask",
  input: z.object({ ...claim, questions: Questions }),
  handle: ({ questions, ...claimed }, app, call) => deliver(claimed, { action: "ask", questions }, app, call),
});

/** The person's answers, for the next worker of the step. */
export const answerQuestions = defineOperation({
  name: "handoff.answer",
  input: z.object({
    workflowId: z.string(),
    stepId: z.string(),
    round: z.number().int().positive().optional(),
    answers: Json,
  }),
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
});
