import { err, ok } from "../../model/data/result.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { messageIdFrom, runOf } from "../../model/ids.ts";
import type { Message, Request } from "../../model/message.ts";
import { sameName } from "../../run/state/performer.ts";
import type { App, Call } from "../app.ts";
import { badInput, failure } from "../refusal.ts";
import type { Claim } from "./claim.ts";
import { standing } from "./standing.ts";

/** Characters of a delivery. Larger outputs belong in a file; the worker delivers its path. */
export const MAX_DELIVERY_CHARACTERS = 256 * 1024;

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
    const { state, rev } = (await app.engine.observe(id))!;
    const left = until - app.scheduler.now();
    if (state.steps[index]!.status !== "reported" || left <= 0 || call.signal?.aborted) return;
    await app.engine.changed(id, rev, left, call.signal);
  }
}
