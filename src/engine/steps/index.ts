import type { StepSyntax, StepType } from "../../model/step.ts";
import { commandStep, commandSyntax } from "./command.ts";

/** Every kind of step there is, as the parser needs it. */
export const stepSyntax: readonly StepSyntax[] = [commandSyntax];

/** Every kind of step there is, ready to be performed. A new one is a file beside this one and a line in both tables. */
export function stepTypes(environment: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, StepType> {
  return new Map([commandStep(environment)].map((step) => [step.type, step]));
}
