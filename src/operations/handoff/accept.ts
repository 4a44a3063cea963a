import { z } from "zod";
import { sleep } from "../../model/contracts/scheduler.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { TakeOver } from "../../model/message.ts";
import type { AssignmentView, ReadyView } from "../../model/view.ts";
import { didYouMean } from "../../workflow/diagnostics/did-you-mean.ts";
import type { App, Call } from "../app.ts";
import { idempotencyKey } from "../fields.ts";
import { nextAfterAccept } from "../next-action.ts";
import { defineOperation } from "../operation.ts";
import { badInput, type Failure, failure } from "../refusal.ts";
import { MAX_READY_LISTED, readyIn, runTree } from "../run-tree.ts";
import { size, waitForOutcome } from "./claim.ts";
import { findHeld, heldBy, heldUnder } from "./find-held.ts";
import { printedAsJson } from "./handoff-print.ts";
import { acceptLines } from "./handoff-text.ts";
import { type HeldStep, keyOf, type LeaseKey, leaseSteps } from "./lease-steps.ts";
import { allReady, runsWithWork } from "./runs-with-work.ts";
import { showAssignments } from "./show-assignments.ts";

/** Steps that one call may accept. */
const MAX_ACCEPTED = 50;
/** Milliseconds between two looks at all runs while a caller waits for a step in any of them. */
const LOOK_INTERVAL_MS = 500;

/** Leases steps that wait for an agent, of one run or of all, the oldest run first; or gives a held one again. */
export const acceptSteps = defineOperation({
  name: "handoff.accept",
  summary: "accept steps that wait for an agent, from one run or from any",
  effect: "change",
  input: z.object({
    workflowId: z.string().describe("the run").optional(),
    stepId: z.string().describe("the step").optional(),
    agent: z.string().min(1).max(200).describe("only steps for this role").optional(),
    worker: z.string().min(1).max(200).describe("your own name").optional(),
    count: z.number().int().min(1).max(MAX_ACCEPTED).describe("steps at most (default 1)").optional(),
    assignment: z.string().describe("the token (shows it again)").optional(),
    takeOver: z.string().min(1).max(4_000).describe("why you take stepId from a worker that is gone").optional(),
    size,
    waitSeconds: waitForOutcome,
    idempotencyKey: idempotencyKey.describe("same key, same steps").optional(),
  }),
  tool: { name: "handoff", action: "accept", unlisted: ["idempotencyKey"] },
  async handle(input, app, call): Promise<Result<AcceptAnswer, Failure>> {
    const { workflowId, worker, stepId, count = 1, assignment } = input;
    if (workflowId !== undefined && !(await app.engine.observe(workflowId))) {
      return failure({ reason: "not_found", message: `there is no run "${workflowId}" here` });
    }
    if (input.takeOver !== undefined && (stepId === undefined || workflowId === undefined)) {
      const message = "which step do you take over? Give workflowId and stepId";
      return err(badInput([{ severity: "error", code: "missing_field", message, at: { field: "takeOver" } }]));
    }
    if (assignment !== undefined && input.takeOver === undefined) {
      const again = await findHeld(assignment, app);
      return again.ok ? ok(await answerOf([again.value], { input, app, call })) : again;
    }
    if (stepId !== undefined && worker !== undefined && input.takeOver === undefined) {
      const own = await heldBy(stepId, worker, workflowId, app);
      if (own) return ok(await answerOf([own], { input, app, call }));
    }
    const takeOver = input.takeOver === undefined ? undefined : takeOverOf(input.takeOver, assignment, app, call);
    const request = { ...input, count, takeOver };
    const key = input.idempotencyKey === undefined ? undefined : keyOf(input.idempotencyKey, request);
    const until = app.scheduler.now() + (input.waitSeconds ?? 0) * 1000;
    for (;;) {
      const leased = await leaseAnywhere({ ...request, key }, app, call);
      const left = until - app.scheduler.now();
      if (!leased.ok && (leased.error.reason !== "not_ready" || left <= 0)) return leased;
      const found = leased.ok ? leased.value : [];
      if (found.length === 0 && left > 0 && !call.signal?.aborted) {
        await sleep(app.scheduler, Math.min(left, LOOK_INTERVAL_MS));
        continue;
      }
      return ok(await answerOf(found, { input, key, app, call }));
    }
  },
  command: {
    usage: "handoff accept [workflowId]",
    options: {
      stepId: "--step <id>",
      agent: "--agent <name>",
      worker: "--worker <name>",
      count: "--count <n>",
      assignment: "--assignment <token>",
      takeOver: "--take-over <reason>",
      size: "--size <n>",
      waitSeconds: "--wait <seconds>",
      idempotencyKey: "--key <key>",
    },
    ...printedAsJson,
  },
  text: acceptLines,
});

interface AcceptAnswer {
  readonly workflowId?: string;
  readonly assignments: readonly AssignmentView[];
  /** Steps that the worker holds already. */
  readonly held?: readonly HeldStep[];
  readonly ready: readonly ReadyView[];
  readonly warnings?: readonly string[];
  readonly next: string;
}

type AcceptInput = z.output<typeof acceptSteps.input>;
type LeaseInput = Omit<AcceptInput, "takeOver"> & {
  readonly count: number;
  readonly key: LeaseKey | undefined;
  readonly takeOver: TakeOver | undefined;
};

const takeOverOf = (reason: string, assignment: string | undefined, app: App, { terminal }: Call): TakeOver => ({
  ...{ reason, quietMs: app.takeOverAfter },
  ...(assignment !== undefined && { assignment }),
  ...(terminal && { terminal }),
});

/** Leases from the named run and those inside it, or from any. */
async function leaseAnywhere(input: LeaseInput, app: App, call: Call): Promise<Result<HeldStep[], Failure>> {
  const { workflowId, count, key } = input;
  const found: HeldStep[] = [];
  let refused: Failure | undefined;
  const inside = workflowId === undefined ? undefined : (await runTree(workflowId, app)).map(({ id }) => id);
  for (const id of inside ?? (await runsWithWork(input, app, key))) {
    const left = count - found.length;
    if (left === 0) break;
    const leased = await leaseSteps(id, { ...input, count: left }, app, call);
    if (leased.ok) found.push(...leased.value);
    else if (leased.error.reason === "key_conflict") return leased;
    // Where a run inside has the step, the other runs have nothing to say of it.
    else if (refused === undefined || refused.reason === "unknown_step") refused = leased.error;
  }
  // For one run, say why nothing is ready. For all runs, finding nothing is an answer and no mistake.
  const isMistake = workflowId !== undefined || refused?.reason !== "not_ready";
  return found.length === 0 && refused && isMistake ? err(refused) : ok(found);
}

async function answerOf(
  found: readonly HeldStep[],
  { input, key, app, call }: { input: AcceptInput; key?: LeaseKey | undefined; app: App; call: Call },
): Promise<AcceptAnswer> {
  const { workflowId, worker, stepId, size } = input;
  const runs = [...new Set(found.map((one) => one.workflowId))];
  await Promise.all(runs.map((id) => app.engine.durable(id)));
  const assignments = await showAssignments(found, size, app, call);
  const ready =
    found.length === 0 ? await allReady(app) : (await Promise.all(runs.map((id) => readyIn(id, app)))).flat();
  const others =
    worker === undefined || stepId !== undefined
      ? []
      : (await heldUnder(worker, workflowId, app)).filter(
          (one) => !found.some(({ workflowId, stepId }) => workflowId === one.workflowId && stepId === one.stepId),
        );
  return {
    ...(workflowId !== undefined && { workflowId }),
    assignments,
    ...(others.length > 0 && { held: others }),
    ready: ready.slice(0, MAX_READY_LISTED),
    ...(found.length === 0 && key === undefined && missing(input, ready)),
    next: nextAfterAccept(assignments, ready, key !== undefined, others),
  };
}

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
