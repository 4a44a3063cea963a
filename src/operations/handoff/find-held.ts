import { err, ok, type Result } from "../../model/data/result.ts";
import { runOf } from "../../model/ids.ts";
import { sameName } from "../../run/state/performer.ts";
import { canDeliver } from "../../run/worker/lease.ts";
import type { App } from "../app.ts";
import { badInput, type Failure, failure } from "../refusal.ts";
import type { HeldStep } from "./lease-steps.ts";

/** A token with its run, or why it is none. */
export async function runOfToken(assignment: string, app: App): Promise<Result<string, Failure>> {
  const id = runOf(assignment);
  if (id === undefined || !assignment.startsWith("as_")) {
    const message = `"${assignment.slice(0, 60)}" is not an assignment`;
    const hint = 'Give the token that handoff {action: "accept"} returned; it begins with as_.';
    return err(badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "assignment" } }]));
  }
  if (await app.engine.observe(id)) return ok(id);
  const message = `this assignment belongs to the run ${id}, which does not exist here`;
  return failure({ reason: "not_found", message });
}

/** The step that a token still delivers. */
export async function findHeld(assignment: string, app: App): Promise<Result<HeldStep, Failure>> {
  const run = await runOfToken(assignment, app);
  if (!run.ok) return run;
  const { plan, state } = (await app.engine.observe(run.value))!;
  const index = state.tokens.get(assignment)?.index;
  if (index === undefined) {
    return failure({
      reason: "unknown_assignment",
      message: `there is no assignment "${assignment}"`,
      workflowId: run.value,
    });
  }
  const { id: stepId } = plan.workflow.steps[index]!;
  const step = state.steps[index]!;
  if (step.lease?.token === assignment && canDeliver(step)) return ok({ workflowId: run.value, stepId });
  const message = `this assignment is over: step "${stepId}" is ${step.status}`;
  const hint = `handoff {action: "read", workflowId: "${run.value}", stepId: "${stepId}", part: "trace"} tells what became of it.`;
  return failure({ reason: "assignment_over", message, hint, workflowId: run.value });
}

/** The step of this id that a worker of this name has: in one run, or in any. */
export async function heldBy(
  stepId: string,
  worker: string,
  workflowId: string | undefined,
  app: App,
): Promise<HeldStep | undefined> {
  return (await heldUnder(worker, workflowId, app)).find((one) => one.stepId === stepId);
}

/** The steps that a worker of this name has: in one run, or in all. An unreadable run does not affect the others. */
export async function heldUnder(worker: string, workflowId: string | undefined, app: App): Promise<HeldStep[]> {
  const held: HeldStep[] = [];
  for (const id of workflowId === undefined ? await app.engine.list() : [workflowId]) {
    const seen = await app.engine.observe(id).catch(() => undefined);
    if (!seen || seen.problem) continue;
    for (const index of seen.state.claimed) {
      const { status, lease } = seen.state.steps[index]!;
      if (status !== "assigned" || lease?.worker === undefined || !sameName(lease.worker, worker)) continue;
      held.push({ workflowId: id, stepId: seen.plan.workflow.steps[index]!.id });
    }
  }
  return held;
}
