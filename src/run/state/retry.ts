import type { Retry } from "../../model/workflow.ts";

/**
 * When the next attempt is due after `failures` failed ones (counting the one that just failed); `undefined` when none is
 * left. Exponential backoff: delay × multiplier^(failures − 1), at most `maxDelay`.
 */
export function retryAt(retry: Retry, failures: number, now: number): number | undefined {
  if (failures > retry.retries) return undefined;
  return now + Math.min(retry.delay * retry.multiplier ** (failures - 1), longestDelay(retry));
}

/**
 * The longest that a retry may be away. A clock that was set back while nobody ran must not turn a backoff of seconds into
 * one of days, so a new owner bounds what it finds in the journal by this.
 */
export function longestDelay(retry: Retry): number {
  return retry.maxDelay ?? Math.min(retry.delay * retry.multiplier ** Math.max(0, retry.retries - 1), MAX_DELAY);
}

/** A day: beyond it an unbounded multiplier only overflows. */
const MAX_DELAY = 86_400_000;
