import type { CodeSnapshot } from "../../model/checkpoint.ts";
import type { SendFailure } from "../../model/contracts/engine.ts";
import type { Report } from "../../model/contracts/step.ts";
import { ok, type Result } from "../../model/data/result.ts";
import type { Fact } from "../../model/event.ts";
import type { Message } from "../../model/message.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { factsOfOutcome } from "../../run/attempt-outcome.ts";
import { factsOfBaseline } from "../../run/features/baselines.ts";
import { handleMessage } from "../../run/handle-message.ts";
import { recover } from "../../run/recovery.ts";
import { signOfLife } from "../../run/worker/lease.ts";
import { factsOfTree } from "../../run/worker/taken-tree.ts";
import type { Attempts } from "./attempts.ts";
import type { Learned } from "./evidence.ts";

export type Reply = (result: Result<void, SendFailure>) => void;

/** The captured code of a checkpoint, or why there is none. */
export type CaptureResult = { readonly code: CodeSnapshot } | { readonly problem: string };

/** What the loop of a run takes in. */
export type LoopInput =
  /** `fromInbox`: the sender is another process, which reads the answer in the journal. */
  | { readonly kind: "message"; readonly message: Message; readonly fromInbox: boolean; readonly reply: Reply }
  | {
      readonly kind: "report";
      readonly index: number;
      readonly attempt: number;
      readonly serial: number;
      readonly report: Report;
    }
  | { readonly kind: "captured"; readonly checkpoint: string; readonly captured: CaptureResult }
  | Learned
  /** Recovers the attempts that were in flight when the previous owner died. */
  | { readonly kind: "recover" };

/** The facts that follow from an input, and the reply to send once they are in the journal. */
export interface InputResult {
  readonly facts: readonly Fact[];
  readonly cause?: string;
  readonly reply?: { readonly reply: Reply; readonly result: Result<void, SendFailure> };
}

const NO_FACTS: InputResult = { facts: [] };

/** Turns one input into facts; changes nothing. `now`: the instant in the run's own time, in milliseconds. */
export function factsOfInput(
  input: LoopInput,
  plan: Plan,
  state: RunState,
  attempts: Attempts,
  now: number,
): InputResult {
  switch (input.kind) {
    case "message": {
      const { message, fromInbox, reply } = input;
      const received = handleMessage(plan, state, message, now);
      if (received.ok) return { facts: received.value, cause: message.id, reply: { reply, result: ok(undefined) } };
      const refused: readonly Fact[] = fromInbox ? [{ type: "message_refused", ...received.error }] : [];
      const alive = "assignment" in message ? signOfLife(plan, state, message.assignment, now) : [];
      // Without the refusal in the journal, nothing may look like an answer to the message.
      const answered = fromInbox && { cause: message.id };
      return { facts: [...alive, ...refused], ...answered, reply: { reply, result: received } };
    }
    case "recover":
      return { facts: recover(plan, state) };
    case "captured": {
      const { checkpoint, captured } = input;
      if (!state.capturing.includes(checkpoint)) return NO_FACTS;
      return { facts: [{ type: "checkpoint_captured", checkpoint, ...captured }] };
    }
    case "baseline":
      return { facts: factsOfBaseline(plan, state, input.index, input.baseline) };
    case "tree": {
      const { index, attempt, taken } = input;
      if (state.steps[index]!.attempt !== attempt) return NO_FACTS;
      return { facts: factsOfTree(plan, state, index, taken, now) };
    }
    case "report": {
      const { index, attempt, serial, report } = input;
      // The attempt was abandoned meanwhile, or is about to be: its delivery was amended.
      if (!attempts.has(index, serial)) return NO_FACTS;
      if (report.kind === "ended" && !state.running.has(index)) return NO_FACTS;
      if (report.kind === "ended") {
        return { facts: factsOfOutcome(plan, state, index, report.end, attempts.stopReasonOf(index), now) };
      }
      const of = { step: plan.workflow.steps[index]!.id, attempt };
      if (report.kind === "child") return { facts: [{ type: "child_started", ...of, child: report.workflowId }] };
      return { facts: [{ type: "step_spawned", ...of, pid: report.pid, started: report.started }] };
    }
  }
}
