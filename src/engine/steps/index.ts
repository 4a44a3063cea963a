import type { StepSyntax, StepType } from "../../model/step.ts";
import { agentSyntax, skillSyntax } from "./agent.ts";
import { commandStep, commandSyntax } from "./command.ts";

/** Every kind of step there is, as the parser needs it. */
export const stepSyntax: readonly StepSyntax[] = [commandSyntax, agentSyntax, skillSyntax];

/** What Baton performs itself, ready to be performed. A new kind is a file beside this one and a line in one or both tables. */
export function stepTypes(environment: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, StepType> {
  return new Map([commandStep(environment)].map((step) => [step.type, step]));
}
