import { createHash } from "node:crypto";
import { z } from "zod";
import { isOrphaned } from "../engine/watch.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { assignmentIdFrom, runOf } from "../model/ids.ts";
import type { Message, Request } from "../model/message.ts";
import { HandoffContext } from "../model/message.ts";
import { err, ok, type Result } from "../model/result.ts";
import { Json } from "../model/workflow.ts";
import { assignmentOf } from "../run/assignment.ts";
import { acceptable } from "../run/lease.ts";
import { sameName } from "../run/performer.ts";
import { progressOf, readySteps, viewStep } from "../run/view.ts";
import { nextAfterAccept, nextAfterDelivery } from "./advice.ts";
import { fitAssignments } from "./assignment-size.ts";
import { performerOf, unknown } from "./cast.ts";
import { type App, badInput, type Call, defineOperation, type Failure, failure } from "./define.ts";
import { waitSeconds } from "./runs.ts";

/** Steps that one call may accept. */
const MOST_ACCEPTED = 50;
/** Characters of what is delivered. More belongs into a file, whose path is delivered. */
const LARGEST = 256 * 1024;
const READY_LISTED = 20;

const reason = z.string().max(4_000).optional();
/** The token suffices. What is said beside it has to agree with it: whoever mixes up two assignments hears of it. */
const claim = {
  assignment: z.string(),
  workflowId: z.string().optional(),
  stepId: z.string().optional(),
  agent: z.string().optional(),
  worker: z.string().optional(),
};
type Claim = z.output<z.ZodObject<typeof claim>>;

/** Leases steps that wait for an agent, of one run or of any, the oldest run first. */
export const acceptSteps = defineOperation({
  name: "handoff.accept",
  input: z.object({
    workflowId: z.string().optional(),
    stepId: z.string().optional(),
    agent: z.string().min(1).max(200).optional(),
    worker: z.string().min(1).max(200).optional(),
    count: z.number().int().min(1).max(MOST_ACCEPTED).optional(),
    idempotencyKey: z.string().min(1).max(512).optional(),
  }),
  async handle(input, app, call): Promise<Result<object, Failure>> {
    const { workflowId, count = 1, idempotencyKey } = input;
    if (workflowId !== undefined && !app.engine.look(workflowId)) {
      return failure({ reason: "not_found", message: `there is no run "${workflowId}" here` });
    }
    const assignments: Accepted[] = [];
    let refused: Failure | undefined;
    for (const id of workflowId === undefined ? runsWithWork(input, app) : [workflowId]) {
      const left = count - assignments.length;
      if (left === 0) break;
      const accepted = await acceptIn(id, { ...input, count: left }, app);
      if (accepted.ok) assignments.push(...accepted.value);
      else refused = accepted.error;
    }
    // Told nothing of one run: why. Of all runs: that there is nothing is an answer, not a mistake.
    if (assignments.length === 0 && refused && (workflowId !== undefined || refused.reason !== "not_ready")) {
      return err(refused);
    }
    await Promise.all([...new Set(assignments.map((one) => one.workflowId))].map((id) => app.engine.durable(id)));
    const ready =
      assignments.length === 0
        ? allReady(app)
        : readyOf(
            assignments.map((one) => one.workflowId),
            app,
          );
    const fitted = fitAssignments(assignments, call.characters);
    return ok({
      ...(workflowId !== undefined && { workflowId }),
      assignments: fitted.assignments,
      ready: ready.slice(0, READY_LISTED),
      ...(fitted.truncated !== undefined && { truncated: fitted.truncated }),
      next: nextAfterAccept(fitted.assignments, ready, idempotencyKey !== undefined),
    });
  },
});

type AcceptInput = z.output<typeof acceptSteps.input>;
type Accepted = ReturnType<typeof assignmentOf> & { readonly wholeFile: string };

async function acceptIn(id: string, input: AcceptInput, app: App): Promise<Result<Accepted[], Failure>> {
  const { stepId, agent, worker, count = 1, idempotencyKey } = input;
  const seen = app.engine.look(id)!;
  if (isOrphaned(seen, app.resumeWithin) === "long") {
    const hint = `monitor_workflow {action: "resume", workflowId: "${id}"} carries it on.`;
    const message = `the run ${id} is interrupted: its owner died long ago`;
    return failure({ reason: "illegal_transition", message, hint, workflowId: id });
  }
  const seed = (n: number) =>
    idempotencyKey === undefined
      ? app.engine.options.random(12)
      : createHash("sha256").update(`${id}\n${n}\n${idempotencyKey}`).digest();
  const tokens = Array.from({ length: count }, (_, n) => assignmentIdFrom(id, seed(n)));
  const message: Message = {
    id:
      idempotencyKey === undefined
        ? app.randomId()
        : createHash("sha256").update(`${id}\n${idempotencyKey}`).digest("hex"),
    action: "accept",
    tokens,
    ...(stepId !== undefined && { stepId }),
    ...(agent !== undefined && { agent }),
    ...(worker !== undefined && { worker }),
  };
  const sent = await app.engine.send(id, message, app.executes);
  if (!sent.ok) return failure({ workflowId: id, ...sent.error });
  const { plan, state } = app.engine.look(id)!;
  const held = tokens.flatMap((token) => {
    const index = state.tokens.get(token)?.index;
    return index !== undefined && state.steps[index]!.lease?.token === token ? [index] : [];
  });
  return ok(
    held.map((index) => {
      const view = assignmentOf(plan, state, index);
      const files = app.engine.options.store.files(id, view.stepId, view.attempt);
      return { ...view, wholeFile: `${files.output}.assignment` };
    }),
  );
}

/** Runs with something for this worker, the oldest first. One that cannot be read harms no other. */
function runsWithWork({ agent, worker, stepId, idempotencyKey }: AcceptInput, app: App): string[] {
  const found: { id: string; at: number }[] = [];
  for (const id of app.engine.list()) {
    try {
      const seen = app.engine.look(id);
      if (!seen || seen.problem || isOrphaned(seen, app.resumeWithin) === "long") continue;
      const { plan, state } = seen;
      const only = stepId === undefined ? undefined : plan.indexOf.get(stepId);
      if (stepId !== undefined && only === undefined) continue;
      const before =
        idempotencyKey !== undefined &&
        state.causes.has(createHash("sha256").update(`${id}\n${idempotencyKey}`).digest("hex"));
      const open = state.status === "running" && !state.stopping;
      if (before || (open && acceptable(plan, state, { only, agent, worker }).length > 0)) {
        found.push({ id, at: before ? 0 : state.createdAt });
      }
    } catch {
      // `list` says what is wrong with it.
    }
  }
  return found.sort((a, b) => a.at - b.at).map(({ id }) => id);
}

const readyOf = (ids: readonly string[], app: App) =>
  [...new Set(ids)].flatMap((id) => {
    const seen = app.engine.look(id);
    return seen ? readySteps(seen.plan, seen.state) : [];
  });

const allReady = (app: App) => readyOf(runsWithWork({}, app), app);

/** What an answer about a delivery says of its step and run. */
function standing(id: string, index: number, app: App) {
  const { plan, state, now } = app.engine.look(id)!;
  const { id: stepId, status, evidence, attempt, error } = viewStep(plan, state, index, now);
  const { lease } = state.steps[index]!;
  const ready = readySteps(plan, state);
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
    ready: ready.slice(0, READY_LISTED),
    rev: state.rev,
  };
  return { ...view, next: nextAfterDelivery(view, ready.length) };
}

/** Brings what a worker says to the run that its token belongs to. */
async function deliver(
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
    const hint = 'Give the token from handoff {action: "accept"}; it begins with as_.';
    return err(badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "assignment" } }]));
  }
  if (!app.engine.look(id))
    return failure({ reason: "not_found", message: `there is no run ${id} here, which this assignment belongs to` });
  const disagreement = disagrees(claimed, id, app);
  if (disagreement) return err(badInput([disagreement]));
  for (const field of ["output", "context"] as const) {
    const size = JSON.stringify((request as Record<string, unknown>)[field] ?? null).length;
    if (size <= LARGEST) continue;
    const message = `is ${size} characters long; at most ${LARGEST} can be delivered`;
    const hint = "Write it to a file, and deliver the file's path.";
    return err(badInput([{ severity: "error", code: "too_large", message, hint, at: { field } }]));
  }
  const sent = await app.engine.send(id, { id: app.randomId(), ...request } as Message, app.executes);
  if (!sent.ok) return failure({ workflowId: id, ...sent.error });
  const { index } = app.engine.look(id)!.state.tokens.get(assignment)!;
  if (seconds > 0) await waitForVerdict(id, index, seconds, app, call);
  await app.engine.durable(id);
  return ok(standing(id, index, app));
}

type DistributedOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** What the caller says of the assignment beside its token, if it is not so. */
function disagrees(claimed: Claim, id: string, app: App): Diagnostic | undefined {
  const { plan, state } = app.engine.look(id)!;
  const index = state.tokens.get(claimed.assignment)?.index;
  if (index === undefined) return undefined;
  const { lease } = state.steps[index]!;
  const is = { workflowId: id, stepId: plan.workflow.steps[index]!.id, agent: lease?.agent, worker: lease?.worker };
  for (const field of ["workflowId", "stepId", "agent", "worker"] as const) {
    const [given, held] = [claimed[field], is[field]];
    if (given === undefined || held === undefined || sameName(given, held)) continue;
    const message = `this assignment is ${field} "${held}", not "${given}"`;
    return { severity: "error", code: "invalid_value", message, hint: "Give the token alone.", at: { field } };
  }
  return undefined;
}

/** Waits until a delivery is verified, or the time is up. */
async function waitForVerdict(id: string, index: number, seconds: number, app: App, call: Call): Promise<void> {
  const until = app.engine.options.clock.now() + seconds * 1000;
  for (;;) {
    const { state } = app.engine.look(id)!;
    const left = until - app.engine.options.clock.now();
    if (state.steps[index]!.status !== "reported" || left <= 0 || call.signal?.aborted) return;
    await app.engine.changed(id, state.rev, left, call.signal);
  }
}

export const completeStep = defineOperation({
  name: "handoff.complete",
  input: z.object({ ...claim, output: Json.optional(), context: HandoffContext.optional(), waitSeconds }),
  handle: ({ waitSeconds: seconds, output, context, ...claimed }, app, call) =>
    deliver(claimed, { action: "complete", ...present({ output, context }) }, app, call, seconds),
});

export const failStep = defineOperation({
  name: "handoff.fail",
  input: z.object({ ...claim, reason: z.string().min(1).max(4_000), output: Json.optional() }),
  handle: ({ reason, output, ...claimed }, app, call) =>
    deliver(claimed, { action: "fail", reason, ...present({ output }) }, app, call),
});

export const progressStep = defineOperation({
  name: "handoff.progress",
  input: z.object({
    ...claim,
    percent: z.number().min(0).max(100).optional(),
    task: z.string().max(200).optional(),
  }),
  handle: ({ percent, task, ...claimed }, app, call) =>
    deliver(claimed, { action: "progress", ...present({ percent, task }) }, app, call),
});

export const releaseStep = defineOperation({
  name: "handoff.release",
  input: z.object({ ...claim, reason }),
  handle: ({ reason, ...claimed }, app, call) =>
    deliver(claimed, { action: "release", ...present({ reason }) }, app, call),
});

export const transferStep = defineOperation({
  name: "handoff.transfer",
  input: z.object({ ...claim, to: z.string().min(1).max(200), context: HandoffContext.optional(), reason }),
  async handle({ to, context, reason, ...claimed }, app, call) {
    const project = app.engine.look(runOf(claimed.assignment) ?? "")?.state.cwd ?? app.cwd;
    const performer = performerOf(app.catalog, undefined, to, project);
    const said = { action: "transfer" as const, to: performer, ...present({ context, reason }) };
    const done = await deliver(claimed, said, app, call);
    if (!done.ok || performer.path !== undefined) return done;
    const { message, hint } = unknown(app.catalog, performer.kind, to, project);
    return ok({ ...done.value, warnings: [`${message}. ${hint}`] });
  },
});

/** Leaves out what is undefined. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
