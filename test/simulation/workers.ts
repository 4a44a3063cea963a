import { assignmentIdFrom } from "../../src/model/ids.ts";
import type { Request } from "../../src/model/message.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { RunState } from "../../src/model/run-state.ts";
import type { Random } from "./world.ts";

/** How a worker that tells nothing ends its assignment. */
export function deliveryOf(assignment: string, random: Random): Request {
  const roll = random.next();
  if (roll < 0.15) return { action: "fail", assignment, reason: "cannot be done" };
  if (roll < 0.3) return { action: "ask", assignment, questions: [{ id: "q", question: "Which one?" }] };
  return { action: "complete", assignment, output: "done" };
}

/** What a worker that tells others things sends about its assignment, one after the other. */
export function workOf(assignment: string, random: Random): Request[] {
  const roll = random.next();
  const notes = [{ text: `note ${random.below(1_000_000)}` }];
  const told = random.chance(0.5) ? { notes } : {};
  const before: Request[] = [
    ...(random.chance(0.4)
      ? [{ action: "note" as const, assignment, notes: [{ text: `on the way ${random.below(1_000_000)}` }] }]
      : []),
    ...(random.chance(0.4) ? [{ action: "progress" as const, assignment, task: "half" }] : []),
  ];
  if (roll < 0.1) return before;
  if (roll < 0.2) return [...before, { action: "release", assignment, reason: "tired", ...told }];
  if (roll < 0.3) return [...before, { action: "fail", assignment, reason: "cannot", ...told }];
  const complete: Request = { action: "complete", assignment, output: `done ${random.below(1_000)}`, ...told };
  if (roll < 0.6) return [...before, complete];
  const amendment = { notes: [{ text: `better ${random.below(1_000_000)}` }] };
  return [
    ...before,
    complete,
    { action: "amend", assignment, output: `better ${random.below(1_000)}`, ...(roll < 0.8 && amendment) },
  ];
}

/** How long a worker must be silent before another takes over its step, in milliseconds. */
const QUIET_MS = 1_500;

/** The request of a worker that takes over a held step; `undefined` if nobody holds one. */
export function takingOver(plan: Plan, { workflowId, claimed, steps }: RunState, random: Random) {
  const [index] = [...claimed].filter((one) => steps[one]!.status === "assigned");
  if (index === undefined) return undefined;
  const token = assignmentIdFrom(workflowId, random.bytes(12));
  const assignment = random.chance(0.3) && { assignment: steps[index]!.lease!.token };
  const takeOver = { reason: "it fell silent", quietMs: QUIET_MS, ...assignment };
  const stepId = plan.workflow.steps[index]!.id;
  return { token, request: { action: "accept", tokens: [token], stepId, takeOver } satisfies Request };
}
