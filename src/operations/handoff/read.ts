import { z } from "zod";
import type { ObservedRun } from "../../model/contracts/engine.ts";
import { err, ok, type Result } from "../../model/data/result.ts";
import { beginning } from "../../model/text/truncate.ts";
import { assignmentOf, toldOf } from "../../run/assignment/assignment.ts";
import { READABLE_PARTS } from "../../run/assignment/assignment-text.ts";
import { partText } from "../../run/assignment/part-text.ts";
import { notFound } from "../../run/run-failure.ts";
import type { App } from "../app.ts";
import { doAssignment } from "../next-action.ts";
import { defineOperation } from "../operation.ts";
import { badInput, type Failure, failure } from "../refusal.ts";
import { relatedRuns } from "../run-tree.ts";
import { runOfToken } from "./find-held.ts";
import { printedAsJson } from "./handoff-print.ts";
import { partLines } from "./handoff-text.ts";
import { readCall, roleText } from "./show-assignments.ts";

/** Characters of one page. */
const PAGE_CHARACTERS = 20_000;
/** Characters of an answer beside the page, its quoting included. */
const ANSWER_RESERVE = 1_000;

/** Anything about a step, whole. Reading is no sign of life: it renews no lease. */
export const readPart = defineOperation({
  name: "handoff.read",
  summary: "read a part of an assignment whole, a page at a time; renews nothing",
  effect: "read",
  input: z.object({
    assignment: z.string().describe("the token (or workflowId, stepId)").optional(),
    workflowId: z.string().describe("the run").optional(),
    stepId: z.string().describe("the step").optional(),
    part: z.enum(READABLE_PARTS).describe("which (default: assignment)").optional(),
    cursor: z.string().describe("the last nextCursor").optional(),
  }),
  tool: { name: "handoff", action: "read" },
  async handle({ part = "assignment", cursor, ...which }, app, call) {
    const step = await findStep(which, app);
    if (!step.ok) return step;
    const { seen, index } = step.value;
    const { plan, state } = seen;
    if (plan.byWorker[index] !== 1) return failure(notForAgents(plan.workflow.steps[index]!.id, state.workflowId));
    const related = await relatedRuns(state.workflowId, app);
    const told = (state.steps[index]!.lease ? assignmentOf : toldOf)(plan, state, index, related);
    const { workflowId, stepId } = told;
    const readAs = (name: typeof part) => readCall(which.assignment ?? { workflowId, stepId }, name);
    const text = partText(part, {
      told,
      output: state.steps[index]!.output,
      // The journal of a run that is not this user's must not name files for Baton to open.
      options: { role: seen.problem ? undefined : roleText(told.role.path, call), call: readAs },
    });
    if (text === undefined) {
      return failure({ reason: "not_found", message: `step "${stepId}" of ${workflowId} has no ${part}`, workflowId });
    }
    const from = Number(cursor ?? 0);
    if (!Number.isInteger(from) || from < 0 || from > text.length) {
      const message = `"${cursor}" is not the cursor of a page of this part`;
      const hint = "Give the nextCursor of the page before, or no cursor for the first page.";
      return err(badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "cursor" } }]));
    }
    const most = Math.max(
      1_000,
      Math.min(PAGE_CHARACTERS, (call.characters ?? Number.POSITIVE_INFINITY) / 2 - ANSWER_RESERVE),
    );
    const held = state.steps[index]!.lease?.token === which.assignment && state.steps[index]!.status === "assigned";
    const page = beginning(text.slice(from), Math.floor(most));
    const to = from + page.length;
    const more = to < text.length;
    return ok({
      ...{ workflowId, stepId, part, text: page, characters: text.length },
      ...(more && { nextCursor: String(to) }),
      next: more
        ? `${readAs(part).slice(0, -1)}, cursor: "${to}"} reads on; ${text.length - to} characters are left.`
        : held
          ? doAssignment()
          : "nothing to do: this is all of it.",
    });
  },
  command: {
    usage: "handoff read [assignment]",
    options: { workflowId: "--run <id>", stepId: "--step <id>", part: "--part <name>", cursor: "--cursor <n>" },
    ...printedAsJson,
  },
  text: partLines,
});

interface Which {
  readonly assignment?: string | undefined;
  readonly workflowId?: string | undefined;
  readonly stepId?: string | undefined;
}

/** The step of a token, however long ago the token ended, or of its names. */
async function findStep(
  { assignment, workflowId, stepId }: Which,
  app: App,
): Promise<Result<{ seen: ObservedRun; index: number }, Failure>> {
  if (assignment !== undefined) {
    const run = await runOfToken(assignment, app);
    if (!run.ok) return run;
    const seen = (await app.engine.observe(run.value))!;
    const index = seen.state.tokens.get(assignment)?.index;
    if (index !== undefined) return ok({ seen, index });
    return failure({
      reason: "unknown_assignment",
      message: `there is no assignment "${assignment}"`,
      workflowId: run.value,
    });
  }
  if (workflowId === undefined || stepId === undefined) {
    const message = "which step? Give assignment, or workflowId and stepId";
    return err(badInput([{ severity: "error", code: "missing_field", message, at: {} }]));
  }
  const seen = await app.engine.observe(workflowId);
  if (!seen) return failure(notFound(workflowId));
  const index = seen.plan.indexOf.get(stepId);
  if (index !== undefined) return ok({ seen, index });
  const message = `the workflow "${seen.state.name}" has no step "${stepId}"`;
  return failure({ reason: "unknown_step", message, workflowId });
}

const notForAgents = (stepId: string, workflowId: string) => ({
  reason: "not_found" as const,
  message: `step "${stepId}" is not for an agent, so there is no assignment of it`,
  hint: `monitor_workflow {action: "logs", workflowId: "${workflowId}", stepId: "${stepId}"} shows its output.`,
  workflowId,
});
