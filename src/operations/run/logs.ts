import { z } from "zod";
import type { ObservedRun } from "../../model/contracts/engine.ts";
import { ok } from "../../model/data/result.ts";
import { beginning } from "../../model/text/truncate.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { notFound } from "../../run/run-failure.ts";
import { isFinal, isSettled } from "../../run/state/state.ts";
import { attemptOf } from "../../run/view/attempts.ts";
import { type Excerpt, readExcerpt } from "../../system/excerpt.ts";
import { FileError } from "../../system/file.ts";
import { defineOperation } from "../operation.ts";
import { failure } from "../refusal.ts";
import { runId } from "./run-fields.ts";
import { printLog } from "./run-print.ts";
import { logLines } from "./run-text.ts";

/** Bytes of each stream in one answer, unless the caller states a size. */
const DEFAULT_STREAM_BYTES = 64 * 1024;

/**
 * What a step wrote, and how its attempt went. Without a cursor: the end of both streams. With a cursor: what came after
 * it (`"0:0"` is the beginning), to follow along. Of an agent step, also what it delivered, from its beginning on.
 */
export const stepLogs = defineOperation({
  name: "run.logs",
  summary: "print the output of a step (default: the latest step)",
  effect: "read",
  input: z.object({
    workflowId: runId,
    stepId: z.string().describe("the step (default: the latest)").optional(),
    attempt: z.number().int().positive().describe("which (default: the latest)").optional(),
    cursor: z
      .string()
      .regex(/^\d+:\d+(:\d+)?$/, "must be the nextCursor of an earlier answer")
      .describe("the last nextCursor")
      .optional(),
  }),
  tool: { name: "monitor_workflow", action: "logs" },
  async handle(input, app, call) {
    const seen = await app.engine.observe(input.workflowId);
    if (!seen) return failure(notFound(input.workflowId));
    const { plan, state } = seen;
    const stepId = input.stepId ?? latestStep(seen);
    const index = stepId === undefined ? undefined : plan.indexOf.get(stepId);
    if (stepId === undefined || index === undefined) {
      const message = stepId === undefined ? "no step has run yet" : `the workflow has no step "${stepId}"`;
      return failure({
        reason: "not_found",
        message,
        hint: `monitor_workflow {workflowId: "${input.workflowId}"} lists its steps.`,
      });
    }
    const step = state.steps[index]!;
    const attempt = input.attempt ?? step.attempt;
    const story = attemptOf(plan, state, index, attempt);
    if (!story && input.attempt !== undefined) {
      const message = `step "${stepId}" has no attempt ${attempt}; its latest is ${step.attempt}`;
      return failure({ reason: "not_found", message, workflowId: input.workflowId });
    }
    const files = app.engine.files(input.workflowId, stepId, attempt);
    const room = call.characters === undefined ? DEFAULT_STREAM_BYTES : Math.floor(call.characters / 4);
    const [out, errors, delivered] = input.cursor?.split(":").map(Number) ?? [];
    const over = isSettled(step) || attempt < step.attempt;
    const stdout = lookInto(files.stdout, room, out, over);
    const stderr = lookInto(files.stderr, room, errors, over);
    // Baton has no other log of what an agent did than what it delivered.
    const output =
      plan.byWorker[index] === 1 && attempt === step.attempt ? pageOf(step.output, delivered, room) : undefined;
    const nextCursor = [stdout.next, stderr.next, ...(output ? [output.next] : [])].join(":");
    const read = output === undefined || output.next === output.size;
    const complete = over && read && stdout.size === stdout.next && stderr.size === stderr.next;
    const unreadable = Object.entries({ stdout, stderr }).flatMap(([stream, { problem }]) =>
      problem === undefined ? [] : `${stream} cannot be shown: ${files[stream as "stdout" | "stderr"]} ${problem}`,
    );
    const { status, step: _, type: __, attempt: ___, ...how } = story ?? { status: step.status };
    return ok({
      workflowId: input.workflowId,
      stepId,
      attempt,
      status,
      ...how,
      ...(output && { output: output.text }),
      stdout: stdout.text,
      stderr: stderr.text,
      /** Bytes before the part that is shown; of an output, characters. */
      skipped: { stdout: stdout.start, stderr: stderr.start, ...(output && { output: output.start }) },
      size: { stdout: stdout.size, stderr: stderr.size, ...(output && { output: output.size }) },
      nextCursor,
      complete,
      ...(unreadable.length > 0 && { unreadable }),
      next: [...unreadable, nextAfterLog({ ...input, stepId, nextCursor, complete }, seen)].join(". "),
    });
  },
  command: {
    usage: "logs <workflowId> [stepId]",
    options: {
      follow: { flags: "-f, --follow", about: "continue until the step ends" },
      attempt: "--attempt <n>",
      raw: {
        flags: "--raw",
        about: "keep control characters and colours at a terminal; pipes and files always get them",
      },
    },
    print: ({ output = "", stdout, size, skipped }, { screen }, { raw }) => {
      const isLast = output !== "" && skipped.output! + output.length === size.output;
      return printLog(`${output}${isLast ? "\n" : ""}${stdout}`, screen.isTTY && raw !== true);
    },
  },
  concise: conciseLog,
  text: logLines,
});

interface ShownLog {
  readonly skipped: Readonly<Record<string, number | undefined>>;
  readonly size: object;
  readonly nextCursor: string;
  readonly complete: boolean;
  readonly startTime?: string | undefined;
  readonly endTime?: string | undefined;
}

/** Of a log that is shown whole, sizes and places tell nothing more. */
function conciseLog({ skipped, size, nextCursor, startTime: _, endTime: __, ...log }: ShownLog): object {
  const whole = log.complete && Object.values(skipped).every((count) => !count);
  return { ...log, ...(!whole && { skipped, size, nextCursor }) };
}

/** A page of what an agent delivered, as text, in characters. */
function pageOf(output: JsonValue | undefined, from = 0, characters: number) {
  if (output === undefined) return undefined;
  const text = typeof output === "string" ? output : JSON.stringify(output, null, 1);
  const start = Math.min(from, text.length);
  // At least one whole character must fit, or `next` would never advance.
  const page = beginning(text.slice(start), Math.max(2, characters));
  return { text: page, start, next: start + page.length, size: text.length };
}

interface Read {
  readonly workflowId: string;
  readonly stepId: string;
  readonly nextCursor: string;
  readonly complete: boolean;
}

function nextAfterLog({ workflowId, stepId, nextCursor, complete }: Read, { plan, state }: ObservedRun): string {
  const call = (rest: string) => `monitor_workflow {workflowId: "${workflowId}", ${rest}}`;
  const { child } = state.steps[plan.indexOf.get(stepId)!]!;
  if (child !== undefined) return `the step is a run of its own: monitor_workflow {workflowId: "${child}"} shows it.`;
  if (!complete) return `${call(`action: "logs", stepId: "${stepId}", cursor: "${nextCursor}"`)} shows what follows.`;
  if (state.steps[plan.indexOf.get(stepId)!]!.status === "failed")
    return `this is the whole log. Fix the cause, then ${call(`action: "restart", stepId: "${stepId}"`)}.`;
  if (isFinal(state)) return "Nothing to do: this is the whole log.";
  return `this is the whole log; ${call(`waitSeconds: 20, since: ${state.rev}`)} follows the run.`;
}

/** A part of a log, or why there is none to show: a step may have put something else in its place. */
function lookInto(
  path: string,
  bytes: number,
  from: number | undefined,
  final: boolean,
): Excerpt & { readonly problem?: string } {
  try {
    return readExcerpt(path, bytes, from, final);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { text: "", start: 0, next: 0, size: 0, problem: error.message };
  }
}

/** The step that ran last, or runs now. */
function latestStep({ plan, state }: ObservedRun): string | undefined {
  let latest = -1;
  state.steps.forEach((step, index) => {
    if (plan.discarded[index]) return;
    if (step.attempt > 0 && (step.startedAt ?? 0) >= (state.steps[latest]?.startedAt ?? 0)) latest = index;
  });
  return plan.workflow.steps[latest]?.id;
}
