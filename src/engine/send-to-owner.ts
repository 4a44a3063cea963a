import type { Store } from "../model/contracts/store.ts";
import type { Message } from "../model/message.ts";
import { err, ok, type Result } from "../model/result.ts";
import { answerTo } from "../run/state/message-dedup.ts";
import type { EngineFailure } from "./owner/engine-failure.ts";
import type { JournalReader } from "./owner/journal-cache.ts";
import type { SendFailure } from "./owner/loop-input.ts";

/** How long an owner has to answer, and how often to look, in milliseconds. */
const PATIENCE = 5_000;
const LOOK_AGAIN = 20;

interface Reader {
  readonly options: { readonly store: Store };
  readonly others: JournalReader;
  pause(ms: number): Promise<void>;
}

/**
 * Puts a message into the inbox of the process that owns the run, and reads the answer from the journal, where it stands under the
 * message's id. `undefined`: the owner has died meanwhile; the message stays for the next one.
 */
export async function sendToOwner(
  reader: Reader,
  id: string,
  message: Message,
): Promise<Result<void, SendFailure | EngineFailure> | undefined> {
  const { store } = reader.options;
  store.inbox.put(id, message);
  for (let waited = 0; waited < PATIENCE; waited += LOOK_AGAIN) {
    const seen = reader.others.read(id);
    const answer = seen && answerTo(seen.state, message.id);
    if (answer) return answer.refused ? err(answer.refused as SendFailure) : ok(undefined);
    if (store.lease(id).state !== "held") return undefined;
    await reader.pause(LOOK_AGAIN);
  }
  const owner = store.lease(id).holder?.pid;
  const text = `the owner of ${id} (process ${owner ?? "?"}) has not answered within ${PATIENCE / 1000} s`;
  const hint = "The request stays in its inbox and is obeyed when it wakes, or by the next owner.";
  return err({ reason: "no_answer", message: text, hint });
}
