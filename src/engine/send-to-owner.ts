import type { Store } from "../model/contracts/store.ts";
import type { Message } from "../model/message.ts";
import { err, ok, type Result } from "../model/result.ts";
import { outcomeOf } from "../run/state/message-dedup.ts";
import type { EngineFailure } from "./owner/engine-failure.ts";
import type { JournalCache } from "./owner/journal-cache.ts";
import type { SendFailure } from "./owner/loop-input.ts";

/** How long an owner has to answer, in milliseconds. */
const OWNER_REPLY_TIMEOUT_MS = 5_000;
/** How often to look for the answer, in milliseconds. */
const POLL_INTERVAL_MS = 20;

interface RunReader {
  readonly options: { readonly store: Store };
  readonly journalCache: JournalCache;
  sleep(ms: number): Promise<void>;
}

/**
 * Puts a message into the inbox of the process that owns the run. Returns the answer, which the owner journals under
 * the message's id; `undefined` if the owner dies meanwhile. Then the message stays in the inbox for the next owner.
 */
export async function sendToOwner(
  reader: RunReader,
  id: string,
  message: Message,
): Promise<Result<void, SendFailure | EngineFailure> | undefined> {
  const { store } = reader.options;
  store.inbox.put(id, message);
  for (let waited = 0; waited < OWNER_REPLY_TIMEOUT_MS; waited += POLL_INTERVAL_MS) {
    const seen = reader.journalCache.read(id);
    const answer = seen && outcomeOf(seen.state, message.id);
    if (answer) return answer.refused ? err(answer.refused as SendFailure) : ok(undefined);
    if (store.lease(id).state !== "held") return undefined;
    await reader.sleep(POLL_INTERVAL_MS);
  }
  const owner = store.lease(id).holder?.pid;
  const text = `the owner of ${id} (process ${owner ?? "?"}) has not answered within ${OWNER_REPLY_TIMEOUT_MS / 1000} s`;
  const hint = "The request stays in the inbox. This owner handles it when it wakes up, or else the next owner does.";
  return err({ reason: "no_answer", message: text, hint });
}
