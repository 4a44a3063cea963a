import type { Clock } from "../../model/contracts/clock.ts";
import type { StepSyntax, StepType } from "../../model/contracts/step.ts";
import type { LocalEngine } from "../local-engine.ts";
import type { Servers } from "../servers/index.ts";
import { agentSyntax, skillSyntax } from "./agent.ts";
import { commandStep, commandSyntax } from "./command.ts";
import { foreachStep, foreachSyntax } from "./foreach.ts";
import { growStep, growSyntax } from "./grow.ts";
import { toolStep, toolSyntax } from "./tool.ts";
import { waitStep, waitSyntax } from "./wait.ts";
import { workflowStep, workflowSyntax } from "./workflow.ts";

/** Every kind of step there is, as the parser needs it. */
export const stepSyntax: readonly StepSyntax[] = [
  commandSyntax,
  agentSyntax,
  skillSyntax,
  toolSyntax,
  workflowSyntax,
  foreachSyntax,
  growSyntax,
  waitSyntax,
];

export interface StepParts {
  /** What commands inherit, e.g. the process's own environment with `BATON_STATE`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** How many steps a run may have. */
  readonly maxSteps: number;
  /** The servers whose tools are called. */
  readonly servers: Servers;
  /** Asked for when a step starts, since the engine is made with its steps. */
  readonly engine: () => LocalEngine;
}

/** What Baton performs itself, ready to be performed. A new kind is a file beside this one and a line in one or both tables. */
export function stepTypes({ environment, clock, maxSteps, servers, engine }: StepParts): ReadonlyMap<string, StepType> {
  const command = commandStep(environment);
  const steps: StepType[] = [
    command,
    toolStep(servers),
    workflowStep(engine),
    foreachStep(engine),
    growStep(stepSyntax, maxSteps),
    waitStep(clock, command),
  ];
  return new Map(steps.map((step) => [step.type, step]));
}
