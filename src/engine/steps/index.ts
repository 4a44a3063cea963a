import type { StepSyntax, StepType } from "../../model/step.ts";
import type { Servers } from "../servers/index.ts";
import { agentSyntax, skillSyntax } from "./agent.ts";
import { commandStep, commandSyntax } from "./command.ts";
import { toolStep, toolSyntax } from "./tool.ts";

/** Every kind of step there is, as the parser needs it. */
export const stepSyntax: readonly StepSyntax[] = [commandSyntax, agentSyntax, skillSyntax, toolSyntax];

/** What Baton performs itself, ready to be performed. A new kind is a file beside this one and a line in one or both tables. */
export function stepTypes(
  environment: Readonly<Record<string, string | undefined>>,
  servers: Servers,
): ReadonlyMap<string, StepType> {
  return new Map([commandStep(environment), toolStep(servers)].map((step) => [step.type, step]));
}
