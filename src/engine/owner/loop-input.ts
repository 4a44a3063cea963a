import type { CodeSnapshot } from "../../model/checkpoint.ts";
import type { Report } from "../../model/contracts/step.ts";
import type { AppendFailure } from "../../model/contracts/store.ts";
import type { Fact } from "../../model/event.ts";
import type { Message, Refusal } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import { ok, type Result } from "../../model/result.ts";
import { factsOfOutcome } from "../../run/attempt-outcome.ts";
import { handleMessage } from "../../run/handle-message.ts";
import { recover } from "../../run/recovery.ts";
import type { RunState } from "../../run/state/state.ts";
import type { Attempts } from "./attempts.ts";

/** Why a message was not obeyed. `lost`: this process is not the owner any more; ask whoever is. */
export type SendFailure = Refusal | AppendFailure;
export type Reply = (result: Result<void, SendFailure>) => void;

/** The code of a checkpoint, or why there is none. */
export type Captured = { readonly code: CodeSnapshot } | { readonly problem: string };

/** What can reach the owner of a run. */
export type Input =
  /** `fromInbox`: its sender reads the answer in the journal. */
  | { readonly kind: "message"; readonly message: Message; readonly fromInbox: boolean; readonly reply: Reply }
  | { readonly kind: "report"; readonly index: number; readonly attempt: number; readonly report: Report }
  | { readonly kind: "captured"; readonly checkpoint: string; readonly captured: Captured }
  /** The attempts that were in flight when the owner before died. */
  | { readonly kind: "recover" };

/** What an input brings about, and whom to tell once it is in the journal. */
export interface Absorbed {
  readonly facts: readonly Fact[];
  readonly cause?: string;
  readonly reply?: { readonly reply: Reply; readonly result: Result<void, SendFailure> };
}

const NOTHING: Absorbed = { facts: [] };

export function factsFrom(input: Input, plan: Plan, state: RunState, attempts: Attempts, now: number): Absorbed {
  switch (input.kind) {
    case "message": {
      const { message, fromInbox, reply } = input;
      const received = handleMessage(plan, state, message, now);
      if (received.ok) return { facts: received.value, cause: message.id, reply: { reply, result: ok(undefined) } };
      const refused: readonly Fact[] = fromInbox ? [{ type: "message_refused", ...received.error }] : [];
      return { facts: refused, cause: message.id, reply: { reply, result: received } };
    }
    case "recover":
      return { facts: recover(plan, state) };
    case "captured": {
      const { checkpoint, captured } = input;
      if (!state.capturing.includes(checkpoint)) return NOTHING;
      return { facts: [{ type: "checkpoint_captured", checkpoint, ...captured }] };
    }
    case "report": {
      const { index, attempt, report } = input;
      // Of an attempt that was abandoned meanwhile.
      if (!attempts.has(index, attempt)) return NOTHING;
      if (report.kind === "ended") {
        return { facts: factsOfOutcome(plan, state, index, report.end, attempts.stoppedFor(index), now) };
      }
      const of = { step: plan.workflow.steps[index]!.id, attempt };
      if (report.kind === "child") return { facts: [{ type: "child_started", ...of, child: report.workflowId }] };
      return { facts: [{ type: "step_spawned", ...of, pid: report.pid, started: report.started }] };
    }
  }
}
