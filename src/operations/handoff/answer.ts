import { z } from "zod";
import { err, ok } from "../../model/data/result.ts";
import { messageIdFrom } from "../../model/ids.ts";
import type { Message } from "../../model/message.ts";
import type { AssignmentView } from "../../model/view.ts";
import { runnerOf } from "../../model/worker.ts";
import { Json } from "../../model/workflow.ts";
import { notFound } from "../../run/run-failure.ts";
import type { App, Call } from "../app.ts";
import { defineOperation } from "../operation.ts";
import { badInput, failure } from "../refusal.ts";
import { size, waitForOutcome as waitSeconds } from "./claim.ts";
import { MAX_DELIVERY_CHARACTERS, tooLarge } from "./deliver.ts";
import { deliveryAnswer } from "./delivery-answer.ts";
import { printedAsJson } from "./handoff-print.ts";
import { deliveryLines } from "./handoff-text.ts";
import { takeOne } from "./take-next.ts";
import { waitForOutcome } from "./wait-for-outcome.ts";

/** The person's answers, for the next worker of the step. */
export const answerQuestions = defineOperation({
  name: "handoff.answer",
  summary: "answer the questions of a step, in their order",
  effect: "change",
  input: z.object({
    workflowId: z.string().describe("the run"),
    stepId: z.string().describe("the step"),
    round: z.number().int().min(1).describe("which (default: the latest)").optional(),
    answers: Json.meta({
      type: ["object", "array"],
      description: "{questionId: answer}, or a list",
    }),
    take: z.boolean().describe("false: lease the step to nobody").optional(),
    waitSeconds,
    size,
  }),
  tool: { name: "handoff", action: "answer", unlisted: ["take"] },
  async handle({ workflowId, stepId, round, answers, take = true, waitSeconds: seconds = 0, size }, app, call) {
    if (!(await app.engine.observe(workflowId))) return failure(notFound(workflowId));
    const length = JSON.stringify(answers).length;
    if (length > MAX_DELIVERY_CHARACTERS) return err(badInput([tooLarge("answers", length)]));
    const id = messageIdFrom(app.scheduler.random(16));
    const message: Message = { id, action: "answer", stepId, ...(round !== undefined && { round }), answers };
    const sent = await app.engine.send(workflowId, message, app.executes);
    if (!sent.ok) return failure({ workflowId, ...sent.error });
    await app.engine.durable(workflowId);
    const index = (await app.engine.observe(workflowId))!.plan.indexOf.get(stepId)!;
    const assignments = take ? await giveBack(workflowId, index, round, size, app, call) : [];
    if (assignments.length === 0 && seconds > 0) await waitForOutcome(workflowId, index, seconds, app, call);
    return ok(await deliveryAnswer(workflowId, index, app, { message: id, assignments }));
  },
  command: {
    usage: "handoff answer <workflowId> <stepId> [answers...]",
    options: {
      waitSeconds: "--wait <seconds>",
      size: "--size <n>",
      given: { flags: "--answers <json>", about: "record by question id, or list" },
      round: "--round <n>",
      take: { flags: "--take", about: "lease the step to who asked, and give the assignment" },
    },
    ...printedAsJson,
    toInput: ({ answers: texts, given: answers = texts, take = false, json: _, ...fields }) => ({
      ...fields,
      answers,
      take,
    }),
  },
  text: deliveryLines,
});

/** The step goes back to who asked, unless Baton started that worker itself. */
async function giveBack(
  workflowId: string,
  index: number,
  given: number | undefined,
  size: number | undefined,
  app: App,
  call: Call,
): Promise<AssignmentView[]> {
  const { plan, state } = (await app.engine.observe(workflowId))!;
  const { rounds = [] } = state.steps[index]!;
  const { id: stepId, config } = plan.workflow.steps[index]!;
  const asked = rounds[(given ?? rounds.length) - 1];
  if (!asked || asked.runner || runnerOf(config) !== undefined || state.runner !== undefined) return [];
  const { agent, worker, round, token } = asked;
  const key = { text: `answer:${stepId}:${round}`, asked: "" };
  return takeOne(workflowId, key, { stepId, agent, worker, after: token, size }, app, call);
}
