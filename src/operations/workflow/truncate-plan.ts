import type { PlanView } from "./workflows.ts";

/**
 * Truncates a plan to a number of characters: first the lists of ids lose their middle, then steps are cut. The plan
 * says what was left out.
 */
export function fitPlan(plan: PlanView, characters: number | undefined) {
  const whole = { dryRun: true, ...plan, next: "Leave out dryRun to execute it." };
  if (characters === undefined || JSON.stringify(whole).length <= characters) return whole;
  const LIST = 40;
  const cut = {
    ...whole,
    order: plan.order.slice(0, LIST),
    criticalPath: plan.criticalPath.slice(0, LIST),
    levels: plan.levels.slice(0, LIST).map((level) => level.slice(0, 5)),
    steps: [] as PlanView["steps"],
  };
  let room = characters - JSON.stringify(cut).length - 300;
  for (const step of plan.steps) {
    room -= JSON.stringify(step).length + 1;
    if (room < 0) break;
    cut.steps.push(step);
  }
  const truncated =
    `order and criticalPath (${plan.criticalPath.length} steps) show their first ${LIST}, ` +
    `levels (${plan.levels.length}) the first ${LIST} with 5 steps each, steps ${cut.steps.length} of ${plan.totalSteps}; ` +
    "`baton run FILE --dry-run --json` prints all";
  return { ...cut, truncated };
}

export type PlanAnswer = ReturnType<typeof fitPlan>;
