import { err, ok, type Result } from "../../model/data/result.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { messageIdFrom } from "../../model/ids.ts";
import type { Message, Request } from "../../model/message.ts";
import type { Note } from "../../model/note.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { sameName } from "../../run/state/performer.ts";
import type { App, Call } from "../app.ts";
import { implicitSummary } from "../finished-summary.ts";
import { badInput, type Failure, failure } from "../refusal.ts";
import { rootOf } from "../run-tree.ts";
import { awaitVerdict } from "./await-evidence.ts";
import type { Claim } from "./claim.ts";
import { type DeliveryAnswer, deliveryAnswer } from "./delivery-answer.ts";
import { runOfToken } from "./find-held.ts";
import { strayAddresses } from "./note-field.ts";
import { takeNext } from "./take-next.ts";
import { waitForOutcome } from "./wait-for-outcome.ts";

/** Characters of a delivery. Larger outputs belong in a file; the worker delivers its path. */
export const MAX_DELIVERY_CHARACTERS = 256 * 1024;

/** What the worker wants to know in the answer. */
export interface AfterDelivery {
  /** Waits so many seconds for the verdict and for what there is to do next. */
  readonly seconds?: number | undefined;
  /** Leases the next step to the same worker. */
  readonly next?: boolean | undefined;
  /** Characters of that step's assignment. */
  readonly size?: number | undefined;
}

/** Sends a worker's message to the run of its token. */
export async function deliver(
  claimed: Claim,
  said: DistributedOmit<Extract<Request, { assignment: string }>, "assignment">,
  app: App,
  call: Call,
  { seconds = 0, next, size }: AfterDelivery = {},
): Promise<Result<DeliveryAnswer, Failure>> {
  const { assignment } = claimed;
  const request = { ...said, assignment } as Extract<Request, { assignment: string }>;
  const run = await runOfToken(assignment, app);
  if (!run.ok) return run;
  const id = run.value;
  const disagreement = await disagrees(claimed, id, app);
  if (disagreement) return err(badInput([disagreement]));
  for (const field of ["output", "context"] as const) {
    const size = JSON.stringify((request as Record<string, unknown>)[field] ?? null).length;
    if (size > MAX_DELIVERY_CHARACTERS) return err(badInput([tooLarge(field, size)]));
  }
  const { notes, output } = request as { notes?: readonly Note[]; output?: JsonValue };
  const stray = notes ? await strayAddresses(notes, { workflowId: id, output }, app) : [];
  if (stray.length > 0) return err(badInput(stray));
  const message = { id: messageIdFrom(app.scheduler.random(16)), ...request } as Message;
  const sent = await app.engine.send(id, message, app.executes);
  if (!sent.ok) return failure({ workflowId: id, ...sent.error });
  const { index } = (await app.engine.observe(id))!.state.tokens.get(assignment)!;
  await awaitVerdict(id, index, app, call);
  if (seconds > 0) await waitForOutcome(id, index, seconds, app, call);
  await app.engine.durable(id);
  const assignments = next ? await takeNext(id, index, assignment, { size }, app, call) : [];
  const ended = request.action === "complete" ? await implicitSummary(await rootOf(id, app), app) : undefined;
  return ok(
    await deliveryAnswer(id, index, app, {
      ...((request.action === "ask" || request.action === "amend") && { message: message.id }),
      assignments,
      ...(ended && { summary: ended.text.split("\n") }),
    }),
  );
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
      hint: "Give the token alone: it says which run and step it belongs to.",
      at: { field },
    };
  }
  return undefined;
}
