import { createHash } from "node:crypto";
import { z } from "zod";
import { err, ok, type Result } from "../../model/data/result.ts";
import { assignmentIdFrom, messageIdFrom } from "../../model/ids.ts";
import type { Message } from "../../model/message.ts";
import type { RunState } from "../../model/run-state.ts";
import type { AssignmentView, ReadyView } from "../../model/view.ts";
import { isOrphaned } from "../../run/orphaned.ts";
import { findRemembered, outcomeOf } from "../../run/state/message-dedup.ts";
import { acceptableSteps } from "../../run/worker/accept.ts";
import { assignmentOf } from "../../run/worker/assignment.ts";
import { canDeliver } from "../../run/worker/lease.ts";
import { didYouMean } from "../../workflow/diagnostics/did-you-mean.ts";
import type { App, Call } from "../app.ts";
import { isBeingRecorded, settle } from "../checkpoint/find-checkpoint.ts";
import { idempotencyKey } from "../fields.ts";
import { nextAfterAccept } from "../next-action.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { failure } from "../refusal.ts";
import { MAX_READY_LISTED, readyIn, runTree } from "../run-tree.ts";
import { printedAsJson } from "./handoff-print.ts";
import { acceptLines } from "./handoff-text.ts";
import { fitAssignments } from "./truncate-assignments.ts";

/** Steps that one call may accept. */
const MAX_ACCEPTED = 50;

/** Leases steps that wait for an agent, of one run or of all, the oldest run first. */
export const acceptSteps = defineOperation({
  name: "handoff.accept",
  summary: "accept steps that wait for an agent, from one run or from any",
  effect: "change",
  input: z.object({
    workflowId: z.string().describe("only steps of this run").optional(),
    stepId: z.string().describe("only this step").optional(),
    agent: z.string().min(1).max(200).describe("only steps for this capability").optional(),
    worker: z.string().min(1).max(200).describe("your own name, e.g. claude-2").optional(),
    count: z.number().int().min(1).max(MAX_ACCEPTED).describe("at most so many steps (default 1)").optional(),
    idempotencyKey: idempotencyKey.describe("the same key leases nothing more").optional(),
  }),
  tool: { name: "handoff", action: "accept" },
  async handle(input, app, call): Promise<Result<AcceptAnswer, Failure>> {
    const { workflowId, count = 1 } = input;
    const key = input.idempotencyKey === undefined ? undefined : keyOf(input.idempotencyKey, input);
    if (workflowId !== undefined && !(await app.engine.observe(workflowId))) {
      return failure({ reason: "not_found", message: `there is no run "${workflowId}" here` });
    }
    const assignments: Accepted[] = [];
    let refused: Failure | undefined;
    const inside = workflowId === undefined ? undefined : (await runTree(workflowId, app)).map(({ id }) => id);
    for (const id of inside ?? (await runsWithWork(input, app, key))) {
      const left = count - assignments.length;
      if (left === 0) break;
      const accepted = await acceptIn(id, { ...input, count: left }, key, app, call);
      if (accepted.ok) assignments.push(...accepted.value);
      else if (accepted.error.reason === "key_conflict") return err(accepted.error);
      else refused ??= accepted.error;
    }
    // For one run, say why nothing is ready. For all runs, finding nothing is an answer and no mistake.
    if (assignments.length === 0 && refused && (workflowId !== undefined || refused.reason !== "not_ready")) {
      return err(refused);
    }
    await Promise.all([...new Set(assignments.map((one) => one.workflowId))].map((id) => app.engine.durable(id)));
    const ready =
      assignments.length === 0
        ? await allReady(app)
        : await readyOf(
            assignments.map((one) => one.workflowId),
            app,
          );
    const fitted = fitAssignments(assignments, call.characters);
    return ok({
      ...(workflowId !== undefined && { workflowId }),
      assignments: fitted.assignments,
      ready: ready.slice(0, MAX_READY_LISTED),
      ...(fitted.truncated !== undefined && { truncated: fitted.truncated }),
      ...(assignments.length === 0 && key === undefined && missing(input, ready)),
      next: nextAfterAccept(fitted.assignments, ready, key !== undefined),
    });
  },
  command: {
    usage: "handoff accept [workflowId]",
    options: {
      stepId: "--step <id>",
      agent: "--agent <name>",
      worker: "--worker <name>",
      count: "--count <n>",
      idempotencyKey: "--key <key>",
    },
    ...printedAsJson,
  },
  text: acceptLines,
});

interface AcceptAnswer {
  readonly workflowId?: string;
  readonly assignments: readonly AssignmentView[];
  readonly ready: readonly ReadyView[];
  readonly truncated?: string;
  readonly warnings?: readonly string[];
  readonly next: string;
}

type AcceptInput = z.output<typeof acceptSteps.input>;
type Accepted = ReturnType<typeof assignmentOf> & { readonly wholeFile: string };

/** That no run offers what the caller asked for, and what comes near. */
function missing({ workflowId, stepId, agent }: AcceptInput, ready: readonly ReadyView[]): { warnings?: string[] } {
  if (workflowId !== undefined || (stepId === undefined && agent === undefined)) return {};
  const step = stepId === undefined ? "a step" : `a step "${stepId}"`;
  const near = [
    stepId !== undefined && didYouMean(stepId, new Set(ready.map((one) => one.stepId))),
    agent !== undefined && didYouMean(agent, new Set(ready.flatMap((one) => one.agent ?? []))),
  ].filter((hint) => typeof hint === "string");
  const what = `no run here has ${step} ready${agent === undefined ? "" : ` for ${agent}`}`;
  return { warnings: [near.length === 0 ? what : `${what}. ${near.join(" ")}`] };
}

/** An idempotency key with what its caller asked for. The same key may only ask for the same again. */
interface Key {
  readonly text: string;
  readonly asked: string;
}

const keyOf = (text: string, { stepId, agent, worker, count = 1 }: AcceptInput): Key => ({
  text,
  asked: JSON.stringify([stepId, agent, worker, count]),
});

/** Half of a message's id identifies the key, the other half what was asked for. */
const HALF_ID_CHARACTERS = 32;
const digest = (...parts: readonly string[]) => createHash("sha256").update(parts.join("\n"));
const keyPart = (id: string, { text }: Key) => digest(id, text).digest("hex").slice(0, HALF_ID_CHARACTERS);
const messageId = (id: string, key: Key) =>
  keyPart(id, key) + digest(key.asked).digest("hex").slice(0, HALF_ID_CHARACTERS);

/** The message that came with this key before, whatever it asked for. */
function cameBefore(id: string, key: Key, state: RunState): string | undefined {
  const same = messageId(id, key);
  return outcomeOf(state, same) ? same : findRemembered(state, keyPart(id, key));
}

async function acceptIn(
  id: string,
  input: AcceptInput,
  key: Key | undefined,
  app: App,
  call: Call,
): Promise<Result<Accepted[], Failure>> {
  const { stepId, agent, worker, count = 1 } = input;
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
  };
  const sent = await app.engine.send(id, message, app.executes);
  if (!sent.ok) return failure({ workflowId: id, ...sent.error });
  const made = outcomeOf((await app.engine.observe(id))!.state, message.id)?.checkpoint;
  // The code before a risky step is recorded before its worker learns of the step.
  if (made !== undefined) await settle(id, app, (look) => !isBeingRecorded(look, made), call);
  const { plan, state } = (await app.engine.observe(id))!;
  const held = tokens.flatMap((token) => {
    const index = state.tokens.get(token)?.index;
    // A key that comes again does not hand out again what was delivered meanwhile.
    return index !== undefined && state.steps[index]!.lease?.token === token && canDeliver(state.steps[index]!)
      ? [index]
      : [];
  });
  return ok(
    held.map((index) => {
      const view = assignmentOf(plan, state, index);
      const files = app.engine.files(id, view.stepId, view.attempt);
      return { ...view, wholeFile: `${files.output}.assignment` };
    }),
  );
}

/** Runs with a step for this worker, the oldest first. An unreadable run does not affect the others. */
async function runsWithWork({ agent, worker, stepId }: AcceptInput, app: App, key?: Key): Promise<string[]> {
  const found: { id: string; at: number }[] = [];
  for (const id of await app.engine.list()) {
    try {
      const seen = await app.engine.observe(id);
      if (!seen || seen.problem || isOrphaned(seen, app.resumeWithin) === "long") continue;
      const { plan, state } = seen;
      const only = stepId === undefined ? undefined : plan.indexOf.get(stepId);
      const before = key !== undefined && cameBefore(id, key, state) !== undefined;
      if (stepId !== undefined && only === undefined && !before) continue;
      const open = state.status === "running" && !state.stopping;
      if (before || (open && acceptableSteps(plan, state, { only, agent, worker }, 1).length > 0)) {
        found.push({ id, at: before ? 0 : state.createdAt });
      }
    } catch {
      // `list` says what is wrong with it.
    }
  }
  return found.sort((a, b) => a.at - b.at).map(({ id }) => id);
}

const readyOf = async (ids: readonly string[], app: App): Promise<ReadyView[]> =>
  (await Promise.all([...new Set(ids)].map((id) => readyIn(id, app)))).flat();

const allReady = async (app: App) => readyOf(await runsWithWork({}, app), app);
