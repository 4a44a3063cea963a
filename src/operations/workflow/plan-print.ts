import type { Colors } from "picocolors/types";
import { stringify } from "yaml";
import { named } from "../../model/text/quoted.ts";
import type { Explanation, PlanView } from "./workflows.ts";

export function renderPlan(plan: PlanView, colors: Colors): string {
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
  const lines = [
    `${colors.green("✔")} ${colors.bold(named(plan.name))} is valid: ${count(plan.totalSteps, "step")} in ${count(plan.levels.length, "level")}, at most ${plan.widest} at a time`,
    ...plan.levels
      .slice(0, 50)
      .map(
        (level, index) =>
          `  ${String(index + 1).padStart(3)}. ${level.slice(0, 12).join(", ")}${level.length > 12 ? `, … (${level.length})` : ""}`,
      ),
    ...(plan.levels.length > 50 ? [`  … ${plan.levels.length - 50} more levels`] : []),
    `  Critical path: ${plan.criticalPath.slice(0, 30).join(" → ")}${plan.criticalPath.length > 30 ? " → …" : ""}`,
  ];
  if (plan.needs.parameters.length > 0)
    lines.push(`  Parameters it needs: ${plan.needs.parameters.map(named).join(", ")}`);
  if (plan.needs.context.length > 0) lines.push(`  Context it needs: ${plan.needs.context.map(named).join(", ")}`);
  for (const warning of plan.warnings) lines.push(`  ${colors.yellow(warning)}`);
  return lines.join("\n");
}
/** Renders the workflow as YAML, then one line for each edge with its reason. */

export function renderExplanation({ workflow, edges }: Partial<Explanation>, colors: Colors): string[] {
  if (!workflow || !edges) return [];
  return [
    `\n${colors.bold("The parsed workflow")}\n`,
    stringify(workflow, { lineWidth: 0 }).trimEnd(),
    `\n${colors.bold("Where the edges come from")}\n`,
    ...(edges.length === 0 ? ["There are no edges: every step may start at once."] : []),
    ...edges.map(({ step, after, because }) => `${step} after ${after}: ${because}`),
  ];
}
