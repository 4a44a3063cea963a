import { resolve } from "node:path";
import type { Assessment, Routing } from "../../model/routing.ts";
import { isChore } from "../../session/small-goal.ts";
import type { App } from "../app.ts";

/** The word of an assessment that says that a goal needs no workflow. */
const NO_WORKFLOW = "none";

/** A goal that its caller does sooner than Baton makes a run of it. Nothing is started and nothing is recorded. */
export interface JustDoIt {
  readonly workflow: typeof NO_WORKFLOW;
  readonly reason: string;
  /** The project's own checks, for the caller to run. */
  readonly checks: readonly string[];
  readonly next: string;
}

interface Asked {
  readonly goal?: string | undefined;
  readonly mode?: "implicit" | "explicit" | undefined;
  readonly assessment?: Assessment | undefined;
  readonly cwd?: string | undefined;
}

/** Whatever a caller says besides the goal and what it thinks of it asks for a run. */
const ASKS_FOR_RUN = [
  ...([
    "workflow",
    "confirm",
    "parameters",
    "tasks",
    "together",
    "sessionId",
    "detach",
    "runner",
    "unattended",
  ] as const),
];

/** Whether a goal needs no run, with what its caller does instead. @param routing what the goal would become */
export function justDoIt(given: Asked, routing: Routing, app: App): JustDoIt | undefined {
  const { goal = "", mode = "implicit", assessment, cwd } = given;
  if (mode !== "implicit" || goal.trim() === "" || asksForRun(given)) return undefined;
  const reason = reasonForNone(goal, assessment, routing);
  if (reason === undefined) return undefined;
  const checks = app.detectChecks(resolve(app.cwd, cwd ?? ".")).map(({ command }) => command);
  const verify = checks.length > 0 ? `, run ${checks.join(" and ")}` : "";
  const next = `do it with your own tools${verify}, and tell the user. For a run that Baton records and checks: orchestrate {goal, workflow: "${routing.label}"}.`;
  return { workflow: NO_WORKFLOW, reason, checks, next };
}

const asksForRun = (given: Asked): boolean =>
  ASKS_FOR_RUN.some((name) => {
    const value = (given as Readonly<Record<string, unknown>>)[name];
    return value !== undefined && value !== false;
  });

function reasonForNone(goal: string, assessment: Assessment | undefined, routing: Routing): string | undefined {
  if (assessment?.workflow === NO_WORKFLOW) return "your assessment says that it needs no workflow";
  // A caller that names a workflow has read the goal, and may know of more than one edit.
  if (assessment || routing.label !== "build_only" || routing.decision !== "go" || routing.planId !== undefined)
    return undefined;
  return isChore(goal) ? "it is one small edit" : undefined;
}

export const justDoItLines = ({ reason }: JustDoIt): string[] => [
  `Just do it: ${reason}. Baton started no run and records nothing.`,
];
