import type { AssignmentView } from "../../model/view.ts";
import { assignmentOf } from "../../run/worker/assignment.ts";
import { ASSIGNMENT_CHARACTERS, assignmentText, type ReadablePart } from "../../run/worker/assignment-text.ts";
import { readCapabilityText } from "../../system/capability-text.ts";
import type { App, Call } from "../app.ts";
import { relatedRuns } from "../run-tree.ts";
import { inHostWords } from "../tool-words.ts";
import type { HeldStep } from "./lease-steps.ts";

/** Characters of an answer beside its assignments. */
const ANSWER_RESERVE = 3_000;
/** However many assignments an answer has, each gets at least so many characters. */
const MIN_ASSIGNMENT_CHARACTERS = 400;

/** Assignments as their workers get them. The answer's limit is shared among them. */
export async function showAssignments(
  held: readonly HeldStep[],
  size: number | undefined,
  app: App,
  call: Call,
): Promise<AssignmentView[]> {
  const share = ((call.characters ?? Number.POSITIVE_INFINITY) - ANSWER_RESERVE) / Math.max(1, held.length);
  const characters = Math.max(MIN_ASSIGNMENT_CHARACTERS, Math.min(size ?? ASSIGNMENT_CHARACTERS, Math.floor(share)));
  const views: AssignmentView[] = [];
  for (const one of held) {
    const view = await showAssignment(one, characters, app, call);
    if (view) views.push(view);
  }
  return views;
}

/** @returns `undefined` if nobody has the step any more */
async function showAssignment(
  { workflowId, stepId }: HeldStep,
  size: number,
  app: App,
  call: Call,
): Promise<AssignmentView | undefined> {
  const { plan, state } = (await app.engine.observe(workflowId))!;
  const index = plan.indexOf.get(stepId);
  if (index === undefined || !state.steps[index]!.lease) return undefined;
  const whole = assignmentOf(plan, state, index, await relatedRuns(workflowId, app));
  const { assignment, attempt, agent, worker, checks, expiresAt, role } = whole;
  const { text, leftOut } = assignmentText(whole, {
    size,
    role: role.known ? undefined : roleText(role.path, call),
    call: (part) => readCall(assignment, part),
    deliver: 'handoff {action: "complete", assignment, next: true, waitSeconds: 45, output};',
  });
  return {
    ...{ assignment, workflowId, stepId, attempt, agent },
    ...(worker !== undefined && { worker }),
    ...{ text, checks: [...checks], leftOut: [...leftOut], expiresAt },
  };
}

/** What the file of a capability says to its worker, with Baton's tools as the host calls them. */
export function roleText(path: string | undefined, { toolPrefix }: Call): string | undefined {
  const text = readCapabilityText(path);
  return text === undefined ? undefined : inHostWords(text, toolPrefix);
}

/** The call that reads a part of a step whole, by the token of an assignment or by the step's names. */
export const readCall = (of: string | HeldStep, part: ReadablePart): string => {
  const which =
    typeof of === "string" ? `assignment: "${of}"` : `workflowId: "${of.workflowId}", stepId: "${of.stepId}"`;
  return `handoff {action: "read", ${which}, part: "${part}"}`;
};
