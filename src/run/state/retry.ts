import type { Retry } from "../../model/workflow.ts";

/**
 * When the next attempt is due after `failures` failed ones, the latest included; `undefined` if none is left.
 * Exponential backoff: delay × multiplier^(failures − 1), at most `maxDelay`.
 */
export function retryAt(retry: Retry, failures: number, now: number): number | undefined {
  if (failures > retry.retries) return undefined;
  return now + Math.min(retry.delay * retry.multiplier ** (failures - 1), longestDelay(retry));
}

/**
 * The longest possible delay of a retry. A clock that was set back while no owner ran must not turn seconds into days,
 * so a new owner bounds due times in the journal by this.
 */
export function longestDelay(retry: Retry): number {
  return retry.maxDelay ?? Math.min(retry.delay * retry.multiplier ** Math.max(0, retry.retries - 1), MAX_DELAY_MS);
}

/** One day. Beyond it, an unbounded multiplier only overflows. */
const MAX_DELAY_MS = 86_400_000;
