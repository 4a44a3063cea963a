import { z } from "zod";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { messageIdFrom, runOf } from "../../model/ids.ts";
import { defined } from "../../model/json.ts";
import type { Message, Request } from "../../model/message.ts";
import { HandoffContext } from "../../model/message.ts";
import { err, ok } from "../../model/result.ts";
import { Json } from "../../model/workflow.ts";
import { questionsOf } from "../../run/features/questions.ts";
import { outcomeOf } from "../../run/state/message-dedup.ts";
import { sameName } from "../../run/state/performer.ts";
import { progressOf, readySteps, viewStep } from "../../run/view/view.ts";
import type { App, Call } from "../app.ts";
import { waitSeconds } from "../fields.ts";
import { nextAfterDelivery } from "../next-action.ts";
import { defineOperation } from "../operation.ts";
import { badInput, failure } from "../refusal.ts";
import { MAX_READY_LISTED } from "../run-tree.ts";
import { performerOf, unknown } from "../workflow/resolve-performers.ts";

/** Characters of a delivery. Larger outputs belong in a file; the worker delivers its path. */
export const MAX_DELIVERY_CHARACTERS = 256 * 1024;

const reason = z.string().max(4_000).optional();
/**
 * The token suffices. Whatever is given beside it must agree, so that a worker that mixes up two assignments learns of
 * it.
 */
export const claim = {
  assignment: z.string(),
  workflowId: z.string().optional(),
  stepId: z.string().optional(),
  agent: z.string().optional(),
  worker: z.string().optional(),
};
type Claim = z.output<z.ZodObject<typeof claim>>;

/**
 * What an answer about a delivery says of its step and run. @param message what the worker sent, perhaps not for the
 * first time
 */
export async function standing(id: string, index: number, app: App, message?: string) {
  const { plan, state, now } = (await app.engine.observe(id))!;
  const { id: stepId, status, evidence, attempt, error } = viewStep(plan, state, index, now);
  const { lease } = state.steps[index]!;
  const ready = readySteps(plan, state);
  const questions = questionsOf(plan, state);
  const view = {
    workflowId: id,
    stepId,
    status,
    ...(evidence && { evidence }),
    attempt,
    ...(error && { error }),
    ...(status === "assigned" &&
      lease && { assignment: lease.token, expiresAt: new Date(lease.expiresAt).toISOString() }),
    runStatus: state.status,
    settled: progressOf(plan, state),
    ready: ready.slice(0, MAX_READY_LISTED),
    ...(questions.length > 0 && { questions }),
    ...(message !== undefined && outcomeOf(state, message)?.repeated && { repeated: true }),
    rev: state.rev,
  };
  return { ...view, next: nextAfterDelivery(view, ready.length) };
}

/** Sends a worker's message to the run of its token. */
export async function deliver(
  claimed: Claim,
  said: DistributedOmit<Extract<Request, { assignment: string }>, "assignment">,
  app: App,
  call: Call,
  seconds = 0,
) {
  const { assignment } = claimed;
  const request = { ...said, assignment } as Extract<Request, { assignment: string }>;
  const id = runOf(assignment);
  if (id === undefined || !assignment.startsWith("as_")) {
    const message = `"${assignment.slice(0, 60)}" is not an assignment`;
    const hint = 'Give the token that handoff {action: "accept"} returned; it begins with as_.';
    return err(badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "assignment" } }]));
  }
  if (!(await app.engine.observe(id)))
    return failure({
      reason: "not_found",
      message: `this assignment belongs to the run ${id}, which does not exist here`,
    });
  const disagreement = await disagrees(claimed, id, app);
  if (disagreement) return err(badInput([disagreement]));
  for (const field of ["output", "context"] as const) {
    const size = JSON.stringify((request as Record<string, unknown>)[field] ?? null).length;
    if (size > MAX_DELIVERY_CHARACTERS) return err(badInput([tooLarge(field, size)]));
  }
  const message = { id: messageIdFrom(app.scheduler.random(16)), ...request } as Message;
  const sent = await app.engine.send(id, message, app.executes);
  if (!sent.ok) return failure({ workflowId: id, ...sent.error });
  const { index } = (await app.engine.observe(id))!.state.tokens.get(assignment)!;
  if (seconds > 0) await waitForVerdict(id, index, seconds, app, call);
  await app.engine.durable(id);
  return ok(await standing(id, index, app, request.action === "ask" ? message.id : undefined));
}

export function tooLarge(field: string, size: number): Diagnostic {
  const message = `is ${size} characters long; at most ${MAX_DELIVERY_CHARACTERS} can be delivered`;
  const hint = "Write it to a file and deliver the file's path.";
  return { severity: "error", code: "too_large", message, hint, at: { field } };
}

type DistributedOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** What the caller says about the assignment beside its token, if it is wrong. */
async function disagrees(claimed: Claim, id: string, app: App): Promise<Diagnostic | undefined> {
  const { plan, state } = (await app.engine.observe(id))!;
  const index = state.tokens.get(claimed.assignment)?.index;
  if (index === undefined) return undefined;
  const { lease } = state.steps[index]!;
  const is = { workflowId: id, stepId: plan.workflow.steps[index]!.id, agent: lease?.agent, worker: lease?.worker };
  for (const field of ["workflowId", "stepId", "agent", "worker"] as const) {
    const [given, held] = [claimed[field], is[field]];
    if (given === undefined || held === undefined || sameName(given, held)) continue;
    const message = `this assignment belongs to ${field} "${held}", not "${given}"`;
    return {
      severity: "error",
      code: "invalid_value",
      message,
      hint: "Give the token alone, without workflowId and stepId.",
      at: { field },
    };
  }
  return undefined;
}

/** Waits until a delivery is verified, or the time is up. */
async function waitForVerdict(id: string, index: number, seconds: number, app: App, call: Call): Promise<void> {
  const until = app.scheduler.now() + seconds * 1000;
  for (;;) {
    const { state } = (await app.engine.observe(id))!;
    const left = until - app.scheduler.now();
    if (state.steps[index]!.status !== "reported" || left <= 0 || call.signal?.aborted) return;
    await app.engine.changed(id, state.rev, left, call.signal);
  }
}

export const completeStep = defineOperation({
  name: "handoff.complete",
  input: z.object({ ...claim, output: Json.optional(), context: HandoffContext.optional(), waitSeconds }),
  handle: ({ waitSeconds: seconds, output, context, ...claimed }, app, call) =>
    deliver(claimed, { action: "complete", ...defined({ output, context }) }, app, call, seconds),
});

export const failStep = defineOperation({
  name: "handoff.fail",
  input: z.object({ ...claim, reason: z.string().min(1).max(4_000), output: Json.optional() }),
  handle: ({ reason, output, ...claimed }, app, call) =>
    deliver(claimed, { action: "fail", reason, ...defined({ output }) }, app, call),
});

export const progressStep = defineOperation({
  name: "handoff.progress",
  input: z.object({
    ...claim,
    percent: z.number().min(0).max(100).optional(),
    task: z.string().max(200).optional(),
  }),
  handle: ({ percent, task, ...claimed }, app, call) =>
    deliver(claimed, { action: "progress", ...defined({ percent, task }) }, app, call),
});

export const releaseStep = defineOperation({
  name: "handoff.release",
  input: z.object({ ...claim, reason }),
  handle: ({ reason, ...claimed }, app, call) =>
    deliver(claimed, { action: "release", ...defined({ reason }) }, app, call),
});

export const transferStep = defineOperation({
  name: "handoff.transfer",
  input: z.object({ ...claim, to: z.string().min(1).max(200), context: HandoffContext.optional(), reason }),
  async handle({ to, context, reason, ...claimed }, app, call) {
    const project = (await app.engine.observe(runOf(claimed.assignment) ?? ""))?.state.cwd ?? app.cwd;
    const performer = performerOf(app.catalog, undefined, to, project);
    const said = { action: "transfer" as const, to: performer, ...defined({ context, reason }) };
    const done = await deliver(claimed, said, app, call);
    if (!done.ok || performer.path !== undefined) return done;
    const { message, hint } = unknown(app.catalog, performer.kind, to, project);
    return ok({ ...done.value, warnings: [`${message}. ${hint}`] });
  },
});
