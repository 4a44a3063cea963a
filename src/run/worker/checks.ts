import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { Check, WorkerConfig } from "../../model/worker.ts";
import { factsOf } from "../state/gate.ts";

/**
 * The checks of a rendered step, one by one. A command from data is a program of its own: the shell gets it through
 * the environment, so it ends where it ends, whatever it holds.
 */
export function checksOf(config: Readonly<Record<string, unknown>>): readonly Check[] {
  const { verify = [] } = config as WorkerConfig;
  return verify.flatMap((check): Check | Check[] => {
    if (!("commands" in check)) return check;
    const { commands, ...rest } = check;
    return (commands as unknown as readonly string[]).map((variable) => ({
      ...rest,
      command: `sh -c -- "\${${variable}}"`,
    }));
  });
}

/**
 * Whether Baton has anything to check once the step is delivered. A step whose checks are still unknown counts as
 * checked.
 */
export function isChecked(plan: Plan, state: RunState, index: number): boolean {
  const { verify = [] } = plan.workflow.steps[index]!.config as WorkerConfig;
  if (verify.length === 0) return false;
  if (!verify.every((check) => "commands" in check)) return true;
  const rendered = plan.render(index, factsOf(state));
  return !rendered.ok || checksOf(rendered.value.config).length > 0;
}
