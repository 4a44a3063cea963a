import { named, quotedLine } from "../../model/text/quoted.ts";

/** Levels, and steps, of a plan that are listed. */
const MAX_STEPS_LISTED = 30;

export function planLines(plan: {
  name: string;
  totalSteps: number;
  levels: string[][];
  criticalPath: string[];
  steps: { id: string; command?: string }[];
  needs: { parameters: string[] };
}): string[] {
  const lines = [
    `${quotedLine(plan.name)} is valid: ${plan.totalSteps} steps in ${plan.levels.length} levels. Nothing was run.`,
  ];
  plan.levels.slice(0, MAX_STEPS_LISTED).forEach((level, index) => {
    lines.push(`${index + 1}. ${level.slice(0, 8).join(", ")}${level.length > 8 ? `, … (${level.length})` : ""}`);
  });
  lines.push(`Critical path: ${plan.criticalPath.slice(0, MAX_STEPS_LISTED).join(" → ")}`);
  for (const step of plan.steps.slice(0, MAX_STEPS_LISTED))
    if (step.command) lines.push(`- ${step.id}: ${quotedLine(step.command, 120)}`);
  if (plan.needs.parameters.length > 0)
    lines.push(`Parameters it needs: ${plan.needs.parameters.map(named).join(", ")}`);
  return lines;
}
