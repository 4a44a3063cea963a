import type { JournalEvent } from "../../model/event.ts";
import type { MessageOutcome, RunState } from "../../model/run-state.ts";

/**
 * At least so many messages are remembered, and at most twice as many: a whole stretch is forgotten at once, which
 * costs almost nothing. A message comes again only until its file is removed or its sender has an answer. Far fewer
 * messages arrive in between.
 */
export const MIN_REMEMBERED_MESSAGES = 10_000;

type Memory = Pick<RunState, "causes" | "accepts">;

/** What became of a message; `undefined` if it is new or forgotten. */
export const outcomeOf = ({ causes, accepts }: Memory, id: string): MessageOutcome | undefined =>
  accepts.get(id) ?? causes.get(id);

/** The id of a remembered message with this prefix. */
export function findRemembered({ causes, accepts }: Memory, prefix: string): string | undefined {
  for (const known of [accepts, causes]) for (const id of known.keys()) if (id.startsWith(prefix)) return id;
  return undefined;
}

/** Events that only come before the one that answers a message. A write torn behind them has answered nothing. */
const PRELUDES: ReadonlySet<JournalEvent["type"]> = new Set(["notes_left", "step_taken_over"]);

/**
 * A message may cause several events, and its answer need not be the last. A message that leased steps is never
 * forgotten: with its key, the worker may send it again at any time. It must not lease other steps, least of all under
 * tokens given out before.
 */
export function remember(state: Memory, event: JournalEvent): void {
  const { cause } = event;
  if (cause === undefined || PRELUDES.has(event.type)) return;
  const { causes, accepts } = state;
  const outcome = { ...outcomeOf(state, cause), ...outcomeIn(event) };
  if (event.type === "step_assigned" || accepts.has(cause)) {
    causes.delete(cause);
    accepts.set(cause, outcome);
    return;
  }
  causes.set(cause, outcome);
  if (causes.size <= 2 * MIN_REMEMBERED_MESSAGES) return;
  for (const id of causes.keys()) {
    if (causes.size === MIN_REMEMBERED_MESSAGES) return;
    causes.delete(id);
  }
}

function outcomeIn(event: JournalEvent): MessageOutcome {
  if (event.type === "message_refused") return { refused: { reason: event.reason, message: event.message } };
  if (event.type === "delivery_repeated") return { repeated: true };
  return event.type === "checkpoint_created" ? { checkpoint: event.checkpoint } : {};
}
