import type { AttemptEnd } from "../../../src/model/contracts/step.ts";
import type { CheckResult } from "../../../src/model/evidence.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { RunState } from "../../../src/model/run-state.ts";
import { checksOf, placeOf, textOf } from "../../../src/run/state/checks.ts";
import { factsOf } from "../../../src/run/state/gate.ts";

/** The checks of a step as if all of them went like this. */
export function allChecks(plan: Plan, state: RunState, index: number, outcome: CheckResult["outcome"]): CheckResult[] {
  const rendered = plan.render(index, factsOf(state));
  if (!rendered.ok) return [];
  const { config, values } = rendered.value;
  return checksOf(config, values).map((check) => ({ check: textOf(check, values), ...placeOf(check), outcome }));
}

/** The end of a verification tells how each check went. One that passes says so of all of them. */
export function withChecks(plan: Plan, state: RunState, index: number, end: AttemptEnd): AttemptEnd {
  if (!state.steps[index]!.verifying || end.checks || end.outcome === "failed") return end;
  const checks = allChecks(plan, state, index, "passed");
  return checks.length > 0 ? { ...end, checks } : end;
}
