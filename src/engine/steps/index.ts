import type { Engine } from "../../model/contracts/engine.ts";
import type { Scheduler } from "../../model/contracts/scheduler.ts";
import type { StepSyntax, StepType } from "../../model/contracts/step.ts";
import type { Servers } from "../servers/index.ts";
import { agentSyntax, skillSyntax } from "./agent.ts";
import { commandStep, commandSyntax } from "./command.ts";
import { foreachStep, foreachSyntax } from "./foreach.ts";
import { growStep, growSyntax } from "./grow.ts";
import { toolStep, toolSyntax } from "./tool.ts";
import { waitStep, waitSyntax } from "./wait.ts";
import { workflowStep, workflowSyntax } from "./workflow.ts";

/** The syntax of every step type, for the parser. */
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
  /** The environment that commands inherit, e.g. that of this process with `BATON_STATE`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly scheduler: Scheduler;
  /** How many steps a run may have. */
  readonly maxSteps: number;
  /** The MCP servers whose tools `tool` steps call. */
  readonly servers: Servers;
  /** Called when a step starts: the engine does not exist yet when its step types are created. */
  readonly engine: () => Engine;
}

/**
 * The step types that Baton performs itself. A new type needs a file in this folder and a line in one or both tables.
 */
export function stepTypes({
  environment,
  scheduler,
  maxSteps,
  servers,
  engine,
}: StepParts): ReadonlyMap<string, StepType> {
  const command = commandStep(environment, scheduler);
  const host = () => ({ engine: engine(), scheduler });
  const steps: StepType[] = [
    command,
    toolStep(servers),
    workflowStep(host),
    foreachStep(host),
    growStep(stepSyntax, maxSteps),
    waitStep(scheduler, command),
  ];
  return new Map(steps.map((step) => [step.type, step]));
}
