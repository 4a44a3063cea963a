import type { JournalEvent } from "../../model/event.ts";
import type { Answered, RunState } from "./state.ts";

/**
 * So many messages are remembered at least, and at most twice as many: forgetting a whole stretch at once costs nothing to speak of. A message
 * comes again only as long as its file waits to be removed, or its sender for an answer: far fewer can come in between.
 */
export const REMEMBERED = 10_000;

type Memory = Pick<RunState, "causes" | "accepts">;

/** What became of a message. `undefined`: it is new, or was forgotten. */
export const answerTo = ({ causes, accepts }: Memory, id: string): Answered | undefined =>
  accepts.get(id) ?? causes.get(id);

/** The id of a message that is remembered and begins so. */
export function rememberedAs({ causes, accepts }: Memory, beginning: string): string | undefined {
  for (const known of [accepts, causes]) for (const id of known.keys()) if (id.startsWith(beginning)) return id;
  return undefined;
}

/**
 * A message may bring about several events, and be answered by one that is not the last. One that leased steps is never forgotten: with its
 * key it may come again whenever its worker likes, and must not lease others, least of all under tokens that were given out before.
 */
export function remember(state: Memory, event: JournalEvent): void {
  const { cause } = event;
  if (cause === undefined) return;
  const { causes, accepts } = state;
  const answered = { ...answerTo(state, cause), ...answerIn(event) };
  if (event.type === "step_assigned" || accepts.has(cause)) {
    causes.delete(cause);
    accepts.set(cause, answered);
    return;
  }
  causes.set(cause, answered);
  if (causes.size <= 2 * REMEMBERED) return;
  for (const id of causes.keys()) {
    if (causes.size === REMEMBERED) return;
    causes.delete(id);
  }
}

function answerIn(event: JournalEvent): Answered {
  if (event.type === "message_refused") return { refused: { reason: event.reason, message: event.message } };
  if (event.type === "delivery_repeated") return { repeated: true };
  return event.type === "checkpoint_created" ? { checkpoint: event.checkpoint } : {};
}
