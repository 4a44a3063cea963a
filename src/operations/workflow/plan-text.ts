import { named, quotedLine } from "../../model/text/quoted.ts";

import type { PlanView } from "./workflows.ts";

/** Levels, and steps, of a plan that are listed. */
const MAX_STEPS_LISTED = 30;

export function planLines(
  plan: Pick<PlanView, "name" | "totalSteps" | "levels" | "criticalPath" | "steps" | "needs">,
): string[] {
  const lines = [
    `${quotedLine(plan.name)} is valid: ${plan.totalSteps} steps in ${plan.levels.length} levels. Nothing was run.`,
  ];
  plan.levels.slice(0, MAX_STEPS_LISTED).forEach((level, index) => {
    lines.push(`${index + 1}. ${level.slice(0, 8).join(", ")}${level.length > 8 ? `, … (${level.length})` : ""}`);
  });
  lines.push(`Critical path: ${plan.criticalPath.slice(0, MAX_STEPS_LISTED).join(" → ")}`);
  for (const step of plan.steps.slice(0, MAX_STEPS_LISTED)) {
    const { id, command } = step as { readonly id: string; readonly command?: unknown };
    if (typeof command === "string" && command !== "") lines.push(`- ${id}: ${quotedLine(command, 120)}`);
  }
  if (plan.needs.parameters.length > 0)
    lines.push(`Parameters it needs: ${plan.needs.parameters.map(named).join(", ")}`);
  return lines;
}
