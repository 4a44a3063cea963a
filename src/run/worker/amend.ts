import { err, ok, type Result } from "../../model/data/result.ts";
import type { Fact } from "../../model/event.ts";
import { equalJson } from "../../model/json.ts";
import { type MessageOf, type Refusal, refuse } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState, StepAttempt } from "../../model/run-state.ts";
import { readersOf } from "../features/amending.ts";
import { isChecked } from "../state/checks.ts";
import { isFinal, isHeld, isSettled } from "../state/state.ts";
import { notesFact } from "./notes.ts";
import { outputRefusal } from "./output-refusal.ts";

/** The worker of a delivered step corrects its output, or what it told others, before anybody used it. */
export function amendDelivery(
  plan: Plan,
  state: RunState,
  index: number,
  { output, notes }: MessageOf<"amend">,
  stepAttempt: StepAttempt,
): Result<Fact[], Refusal> {
  const step = state.steps[index]!;
  const over = refusalToAmend(plan, state, index);
  if (over !== undefined)
    return refuse(
      "assignment_over",
      `the delivery of step "${stepAttempt.step}" cannot be amended: ${over}. A restart of the step does it anew`,
    );
  const invalid = output === undefined ? undefined : outputRefusal(plan, state, index, output);
  if (invalid) return err(invalid);
  const changed = output !== undefined && !equalJson(output, step.output ?? null);
  if (!changed && !notes) return ok([{ type: "delivery_repeated", ...stepAttempt }]);
  const again = changed && (step.status === "reported" || isChecked(plan, state, index));
  const facts: Fact[] = [
    { type: "delivery_amended", ...stepAttempt, ...(changed && { output }), ...(again && { again }) },
  ];
  if (notes) facts.unshift({ ...notesFact(step.lease!, stepAttempt, notes), with: "amendment" });
  return ok(facts);
}

function refusalToAmend(plan: Plan, state: RunState, index: number): string | undefined {
  if (isFinal(state) || state.stopping)
    return `the run ${isFinal(state) ? `is ${state.status}` : "is being cancelled"}`;
  const step = state.steps[index]!;
  if (step.status !== "reported" && step.status !== "completed" && !isHeld(step)) return `the step is ${step.status}`;
  for (const reader of readersOf(plan, index)) {
    const { startedAt, status } = state.steps[reader]!;
    const { id } = plan.workflow.steps[reader]!;
    if (startedAt !== undefined) return `step "${id}" has started with it`;
    if (isSettled(state.steps[reader]!)) return `step "${id}" is ${status}, which was decided by it`;
  }
  return undefined;
}
