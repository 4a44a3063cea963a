import type { EngineFailure, SendFailure } from "../model/contracts/engine.ts";
import { type Scheduler, sleep } from "../model/contracts/scheduler.ts";
import type { Store } from "../model/contracts/store.ts";
import { err, ok, type Result } from "../model/data/result.ts";
import type { Message } from "../model/message.ts";
import { outcomeOf } from "../run/state/message-dedup.ts";
import type { JournalCache } from "./owner/journal-cache.ts";

/** How long an owner has to answer, in milliseconds. */
const OWNER_REPLY_TIMEOUT_MS = 5_000;
/** How often to look for the answer, in milliseconds. */
const POLL_INTERVAL_MS = 20;

interface Reader {
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly journalCache: JournalCache;
}

/**
 * Puts a message into the inbox of the process that owns the run. Returns the answer, which the owner journals under
 * the message's id; `undefined` if the owner dies meanwhile. Then the message stays in the inbox for the next owner.
 */
export async function sendToOwner(
  { store, scheduler, journalCache }: Reader,
  id: string,
  message: Message,
): Promise<Result<void, SendFailure | EngineFailure> | undefined> {
  await store.inbox.put(id, message);
  for (let waited = 0; waited < OWNER_REPLY_TIMEOUT_MS; waited += POLL_INTERVAL_MS) {
    const seen = await journalCache.read(id);
    const answer = seen && outcomeOf(seen.state, message.id);
    if (answer) return answer.refused ? err(answer.refused as SendFailure) : ok(undefined);
    if ((await store.lease(id)).state !== "held") return undefined;
    await sleep(scheduler, POLL_INTERVAL_MS);
  }
  const owner = (await store.lease(id)).holder?.pid;
  const text = `the owner of ${id} (process ${owner ?? "?"}) has not answered within ${OWNER_REPLY_TIMEOUT_MS / 1000} s`;
  const hint = "The request stays in the inbox. This owner handles it when it wakes up, or else the next owner does.";
  return err({ reason: "no_answer", message: text, hint });
}
