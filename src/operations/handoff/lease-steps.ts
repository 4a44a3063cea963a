import { createHash } from "node:crypto";
import { ok, type Result } from "../../model/data/result.ts";
import { assignmentIdFrom, messageIdFrom } from "../../model/ids.ts";
import type { Message, TakeOver } from "../../model/message.ts";
import type { RunState } from "../../model/run-state.ts";
import { isOrphaned } from "../../run/orphaned.ts";
import { findRemembered, outcomeOf } from "../../run/state/message-dedup.ts";
import { canDeliver } from "../../run/worker/lease.ts";
import { mayTakeOver } from "../../run/worker/take-over.ts";
import type { App, Call } from "../app.ts";
import { isBeingRecorded, settle } from "../checkpoint/find-checkpoint.ts";
import { takeOverCall } from "../next-action.ts";
import { type Failure, failure } from "../refusal.ts";
import { awaitBaselines, awaitTrees } from "./await-evidence.ts";

/** Which steps of a run a worker wants. */
export interface LeaseRequest {
  readonly stepId?: string | undefined;
  readonly agent?: string | undefined;
  readonly worker?: string | undefined;
  readonly count: number;
  /** What makes a repeated request lease nothing more. */
  readonly key?: LeaseKey | undefined;
  /** The assignment that the same worker has just delivered. */
  readonly after?: string | undefined;
  /** Takes the step from its worker. */
  readonly takeOver?: TakeOver | undefined;
}

/** A caller's key with what it asked for. The same key may only ask for the same again. */
export interface LeaseKey {
  readonly text: string;
  readonly asked: string;
}

export const keyOf = (
  text: string,
  { stepId, agent, worker, count, takeOver }: Omit<LeaseRequest, "key" | "after">,
): LeaseKey => ({
  text,
  asked: JSON.stringify([stepId, agent, worker, count, ...(takeOver ? [takeOver.reason] : [])]),
});

/** A step that a worker has. */
export interface HeldStep {
  readonly workflowId: string;
  readonly stepId: string;
}

/** Half of a message's id identifies the key, the other half what was asked for. */
const HALF_ID_CHARACTERS = 32;
const digest = (...parts: readonly string[]) => createHash("sha256").update(parts.join("\n"));
const keyPart = (id: string, { text }: LeaseKey) => digest(id, text).digest("hex").slice(0, HALF_ID_CHARACTERS);
const messageId = (id: string, key: LeaseKey) =>
  keyPart(id, key) + digest(key.asked).digest("hex").slice(0, HALF_ID_CHARACTERS);

/** The message that came with this key before, whatever it asked for. */
export function cameBefore(id: string, key: LeaseKey, state: RunState): string | undefined {
  const same = messageId(id, key);
  return outcomeOf(state, same) ? same : findRemembered(state, keyPart(id, key));
}

/** How to take over the step that was asked for, if it is held and may be taken over. */
async function takeOverHint(id: string, stepId: string | undefined, app: App): Promise<{ hint?: string }> {
  const { plan, state, now } = (await app.engine.observe(id))!;
  const index = stepId === undefined ? undefined : plan.indexOf.get(stepId);
  const call = index !== undefined && mayTakeOver(state.steps[index]!, app.takeOverAfter, now);
  return call ? { hint: `${takeOverCall({ workflowId: id, stepId: stepId! })} takes it over.` } : {};
}

/** Leases steps of one run. The same key gives the same steps again, never others. */
export async function leaseSteps(
  id: string,
  { stepId, agent, worker, count, key, after, takeOver }: LeaseRequest,
  app: App,
  call: Call,
): Promise<Result<HeldStep[], Failure>> {
  const seen = (await app.engine.observe(id))!;
  if (isOrphaned(seen, app.resumeWithin) === "long") {
    const hint = `monitor_workflow {action: "resume", workflowId: "${id}"} continues it.`;
    const message = `the run ${id} is interrupted: its owner process died too long ago for an automatic resume`;
    return failure({ reason: "illegal_transition", message, hint, workflowId: id });
  }
  const before = key && cameBefore(id, key, seen.state);
  if (before !== undefined && before !== messageId(id, key!)) {
    const message = `this idempotencyKey is already used in ${id} with another stepId, agent, worker or count`;
    const hint = "Use another key, or repeat the earlier call unchanged.";
    return failure({ reason: "key_conflict", message, hint, workflowId: id });
  }
  const withoutBaseline =
    before === undefined && (await awaitBaselines(id, { stepId, agent, worker, count }, app, call));
  const seed = (n: number) =>
    key === undefined ? app.scheduler.random(12) : digest(id, String(n), key.text, key.asked).digest();
  const tokens = Array.from({ length: count }, (_, n) => assignmentIdFrom(id, seed(n)));
  const message: Message = {
    id: key === undefined ? messageIdFrom(app.scheduler.random(16)) : messageId(id, key),
    action: "accept",
    tokens,
    ...(stepId !== undefined && { stepId }),
    ...(agent !== undefined && { agent }),
    ...(worker !== undefined && { worker }),
    ...(after !== undefined && { after }),
    ...(app.reader.lostContextAt !== undefined && { forgotBefore: app.reader.lostContextAt }),
    ...(withoutBaseline && { withoutBaseline }),
    ...(takeOver && { takeOver }),
  };
  const sent = await app.engine.send(id, message, app.executes);
  if (!sent.ok) return failure({ workflowId: id, ...sent.error, ...(await takeOverHint(id, stepId, app)) });
  const made = outcomeOf((await app.engine.observe(id))!.state, message.id)?.checkpoint;
  // The code before a risky step is recorded before its worker learns of the step.
  if (made !== undefined) await settle(id, app, (look) => !isBeingRecorded(look, made), call);
  await awaitTrees(id, tokens, app, call);
  const { plan, state } = (await app.engine.observe(id))!;
  return ok(
    tokens.flatMap((token) => {
      const index = state.tokens.get(token)?.index;
      if (index === undefined) return [];
      const step = state.steps[index]!;
      // A key that comes again does not hand out again what was delivered meanwhile.
      if (step.lease?.token !== token || !canDeliver(step)) return [];
      return [{ workflowId: id, stepId: plan.workflow.steps[index]!.id }];
    }),
  );
}
