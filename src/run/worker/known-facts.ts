import { equalJson } from "../../model/json.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { knownWorker, type Reader } from "../features/told.ts";
import { schemasOf } from "./delivery-schemas.ts";

/** What an assignment says of its worker: which chain it belongs to, and what it was told before, in this run. */
export function knownFacts(
  plan: Plan,
  state: RunState,
  { index, agent }: { readonly index: number; readonly agent: string },
  worker: string | undefined,
  { after, forgotBefore, now }: Reader,
): { readonly chain?: string; readonly roleKnown?: true; readonly outputKnown?: true } {
  const { told, ...chain } = knownWorker(state, worker, { after, forgotBefore, now });
  const schemas = schemasOf(plan, state, index, agent) as JsonValue;
  const asksTheSame = told.some((one) => equalJson(schemasOf(plan, state, one.index, one.agent) as JsonValue, schemas));
  return {
    ...chain,
    ...(told.some((one) => one.agent === agent) && { roleKnown: true }),
    ...(asksTheSame && { outputKnown: true }),
  };
}
