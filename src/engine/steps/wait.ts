import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import type { Scheduler } from "../../model/contracts/scheduler.ts";
import type {
  AttemptEnd,
  CommandRunner,
  Execution,
  FieldError,
  StepSyntax,
  StepType,
} from "../../model/contracts/step.ts";
import { DURATION_FORMS, duration } from "../../model/text/duration.ts";

/** A duration that is known only when the step starts. Its value may be a number in text. */
const lateDuration = z.preprocess(
  (value) => (typeof value === "string" && /^\d+$/.test(value.trim()) ? Number(value) : value),
  duration(),
);
const WAYS = ["duration", "until", "file", "check"] as const;
/** How long to wait between two looks at `file` or `check` without `every`, in milliseconds. */
const DEFAULT_POLL_INTERVAL_MS = 1_000;

/**
 * Waits for a duration, until an instant, for a file, or until a command ends with exit code 0. Time that passed before
 * a crash counts.
 */
export const waitSyntax = {
  type: "wait",
  summary:
    "A pause: until time has passed, a file is there, or a command succeeds. Time that passed before a crash counts.",
  fields: {
    duration: z
      .union([duration(), z.string().min(1)])
      .optional()
      .describe("Milliseconds from its start; `{{ }}` may give them. A step has one of the four ways to wait."),
    until: z.string().min(1).optional().describe("An instant, as `2026-12-24T18:00:00Z`."),
    file: z
      .string()
      .min(1)
      .optional()
      .describe("A path, relative to the run's `cwd`, at which there is to be something."),
    check: z.string().min(1).optional().describe("A command, run again and again until its exit code is 0."),
    every: duration(10)
      .optional()
      .meta({ description: "Milliseconds between two looks at `file` or `check`.", default: DEFAULT_POLL_INTERVAL_MS }),
  },
  templates: { duration: "data", until: "text", file: "text", check: "shell" },
  passive: true,
  fieldErrors(step): FieldError[] {
    const given = WAYS.filter((way) => step[way] !== undefined);
    const hint = "Write duration: 5s, until: an ISO instant, file: a path, or check: a command.";
    if (given.length === 0) return [{ field: ["duration"], message: "the step does not say what to wait for", hint }];
    if (given.length > 1) return [{ field: [given[1]!], message: `a wait has one of ${WAYS.join(", ")}`, hint }];
    const { duration: wait } = step;
    if (typeof wait === "string" && wait !== "" && !wait.includes("{{") && !lateDuration.safeParse(wait).success) {
      return [
        { field: ["duration"], message: `${JSON.stringify(wait)} is not a duration`, hint: `Write ${DURATION_FORMS}.` },
      ];
    }
    if (typeof step.until !== "string" || step.until.includes("{{") || !Number.isNaN(Date.parse(step.until))) return [];
    return [
      { field: ["until"], message: `"${step.until}" is not an instant`, hint: "Write it as 2026-12-24T18:00:00Z." },
    ];
  },
} satisfies StepSyntax;

interface Config {
  readonly duration?: unknown;
  readonly until?: string;
  readonly file?: string;
  readonly check?: string;
  readonly every?: number;
}

export function waitStep(scheduler: Scheduler, command: CommandRunner): StepType {
  return {
    ...waitSyntax,
    perform(job, report, contextOf): Execution {
      const config = job.config as Config;
      let cancel: (() => void) | undefined;
      let checking: Execution | undefined;
      let over = false;
      const end = (outcome: AttemptEnd) => {
        if (over) return;
        over = true;
        cancel?.();
        report({ kind: "ended", end: outcome });
      };
      const at = (instant: number, left: () => number) => {
        const ms = left();
        if (ms <= 0) end({ outcome: "completed", output: new Date(instant).toISOString() });
        else cancel = scheduler.alarm(ms, () => at(instant, left));
      };
      const poll = () => {
        if (over) return;
        const again = () => {
          if (!over) cancel = scheduler.alarm(config.every ?? DEFAULT_POLL_INTERVAL_MS, poll);
        };
        if (config.file !== undefined) {
          const path = resolve(job.cwd, config.file);
          return existsSync(path) ? end({ outcome: "completed", output: path }) : again();
        }
        checking = command.perform({ ...job, config: { command: config.check } }, (update) => {
          if (update.kind !== "ended") return report(update);
          checking = undefined;
          // A stop ends the wait, whatever the result of this check.
          if (over) report({ kind: "ended", end: update.end });
          else if (update.end.outcome === "completed") end(update.end);
          else again();
        });
      };
      const { origin } = contextOf();
      const due = instantOf(config, origin.at);
      if (typeof due === "string") end({ outcome: "failed", reason: "value_refused", message: due });
      else if (due === undefined) poll();
      else if (config.until !== undefined) at(due, () => due - scheduler.now());
      else {
        // A duration is elapsed time: a change of the system clock does not move its end. It never exceeds its length.
        const ends = scheduler.elapsed() + Math.min(due - scheduler.now(), due - origin.at);
        at(due, () => ends - scheduler.elapsed());
      }
      return {
        stop() {
          if (!checking) return end({ outcome: "failed", reason: "signal", message: "was stopped" });
          over = true;
          cancel?.();
          checking.stop();
        },
        abandon() {
          over = true;
          cancel?.();
          checking?.abandon();
        },
      };
    },
  };
}

/**
 * When a wait for time ends, in milliseconds since 1970; `undefined`: it waits for something else; text: what is wrong.
 */
function instantOf({ duration: length, until }: Config, from: number): number | string | undefined {
  if (until !== undefined) {
    const instant = Date.parse(until);
    return Number.isNaN(instant) ? `until is "${until}", which is not an instant` : instant;
  }
  if (length === undefined) return undefined;
  const parsed = lateDuration.safeParse(length);
  return parsed.success
    ? from + parsed.data
    : `duration is ${JSON.stringify(length)}, which is neither milliseconds nor a text such as "1h30m"`;
}
