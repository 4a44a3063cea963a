import { after } from "../../model/contracts/scheduler.ts";
import type { Execution, Job } from "../../model/contracts/step.ts";
import type { PlanDocument } from "../../model/deliveries/plan.ts";
import { truncate } from "../../model/text/truncate.ts";
import { keyOf, type Values } from "../../run/state/checks.ts";
import { type CheckEnd, type CheckOptions, runCheck } from "./run-check.ts";

interface PlanTrial extends CheckOptions {
  readonly job: Job;
  /** The plan, which fits its schema. */
  readonly delivered: Pick<PlanDocument, "steps">;
  /** The keys of commands that have passed on the work tree as it is. */
  readonly passed: ReadonlySet<string>;
}

/** For all checks of a plan together, in milliseconds. */
const TRIAL_MS = 60_000;
const MAX_OBJECTIONS = 10;

type Outcome = "passed" | "no_program" | "other";

/**
 * Tries the checks of a plan's steps before anybody works on them. A check that passes already proves nothing later; one
 * whose program does not exist can never pass.
 * @param report told once what speaks against the plan; `undefined`: the trial was stopped
 */
export function tryPlan(
  { job, delivered, passed, ...options }: PlanTrial,
  report: (objections: readonly string[] | undefined) => void,
): Execution {
  const outcomes = new Map<string, Outcome>(delivered.steps.flatMap(commandsOf).map((command) => [command, "other"]));
  const waiting = [...outcomes.keys()];
  let current: Execution | undefined;
  let over = false;
  let stopped = false;
  let cancelTimer: (() => void) | undefined;

  const finish = (objections: readonly string[] | undefined) => {
    if (over) return;
    over = true;
    cancelTimer?.();
    report(objections);
  };
  const next = (): void => {
    if (over) return;
    if (stopped) return finish(undefined);
    const command = waiting.shift();
    if (command === undefined) return finish(objectionsTo(delivered, outcomes));
    if (passed.has(keyOf({ check: command }))) {
      outcomes.set(command, "passed");
      return next();
    }
    const onEnd = ({ problem, cause }: CheckEnd) => {
      if (over) return;
      if (problem === undefined) outcomes.set(command, "passed");
      else if (cause === "no_program") outcomes.set(command, "no_program");
      next();
    };
    try {
      // As for checks from data: the shell gets the command through the environment.
      const values: Values = { ...job.values, BATON_V0: command };
      current = runCheck({ ...job, values }, { command: 'sh -c -- "${BATON_V0}"' }, options, () => {}, onEnd);
    } catch {
      // Its log cannot be written. The step that has this check will tell.
      next();
    }
  };
  cancelTimer = after(options.scheduler, TRIAL_MS, () => {
    current?.abandon();
    finish(objectionsTo(delivered, outcomes));
  });
  next();
  return {
    stop() {
      stopped = true;
      current?.stop();
    },
    abandon() {
      over = true;
      cancelTimer?.();
      current?.abandon();
    },
  };
}

const commandsOf = ({ verify }: Pick<PlanDocument["steps"][number], "verify">): string[] =>
  [verify].flat().map((command) => command.trim());

/** The first of some commands, each cut. */
const named = (commands: readonly string[]): string =>
  commands
    .slice(0, 5)
    .map((command) => truncate(command, 200))
    .join("; ");

/** What the checks of its steps say against a plan, by the steps' names. */
function objectionsTo({ steps }: PlanTrial["delivered"], outcomes: ReadonlyMap<string, Outcome>): string[] {
  const found = steps.flatMap((step) => {
    const { id } = step;
    const commands = commandsOf(step);
    const absent = commands.filter((command) => outcomes.get(command) === "no_program");
    if (absent.length > 0)
      return [`step "${id}" of the plan has a check whose program is not on the PATH: ${named(absent)}`];
    const isDone = commands.length > 0 && commands.every((command) => outcomes.get(command) === "passed");
    return isDone
      ? [`step "${id}" of the plan would prove nothing: all of its checks pass already (${named(commands)})`]
      : [];
  });
  const more = found.length - MAX_OBJECTIONS;
  return more > 0 ? [...found.slice(0, MAX_OBJECTIONS), `and ${more} more steps of the plan`] : found;
}
