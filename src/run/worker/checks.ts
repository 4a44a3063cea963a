import type { Plan } from "../../model/plan.ts";
import type { Check, WorkerConfig } from "../../model/worker.ts";
import { factsOf } from "../state/gate.ts";
import type { RunState } from "../state/state.ts";

/**
 * The checks of a step whose templates are filled, one by one. A command that is data is a program of its own for the shell, and comes to it
 * in the environment: whatever it holds, it ends where it ends.
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

/** Whether Baton has anything to check once the step is delivered. What cannot be known now is not to pass for unchecked. */
export function isChecked(plan: Plan, state: RunState, index: number): boolean {
  const { verify = [] } = plan.workflow.steps[index]!.config as WorkerConfig;
  if (verify.length === 0) return false;
  if (!verify.every((check) => "commands" in check)) return true;
  const rendered = plan.render(index, factsOf(state));
  return !rendered.ok || checksOf(rendered.value.config).length > 0;
}
