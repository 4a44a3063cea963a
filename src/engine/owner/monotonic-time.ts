import type { Scheduler } from "../../model/contracts/scheduler.ts";

/**
 * How far the system clock may differ from the elapsed time before Baton concludes that it was set, in milliseconds.
 */
const MAX_BACKWARD_DRIFT_MS = 1_000;
const MAX_FORWARD_DRIFT_MS = 5_000;

export interface MonotonicTime {
  /** The current instant in the run's own time, never before `lastAt`, in milliseconds since 1970. */
  now(lastAt: number): number;
  /**
   * How far the clock was set forward, or how long the machine slept, since the last call, in milliseconds. 0: neither.
   */
  takeJump(): number;
}

/**
 * The time of one run, which never goes back and never stands still.
 * - The system clock is set back: the run keeps the difference, and its time goes on with the elapsed time. The larger
 *   of `now` and the latest event would not do: time, and all timeouts and retries, would stop until the clock catches
 *   up.
 * - The system clock is set forward: the run follows, since deadlines are instants. `takeJump` reports the difference,
 *   which corrects durations.
 */
export function monotonicTime(clock: Scheduler): MonotonicTime {
  let skew = 0;
  let jumped = 0;
  let last: { readonly now: number; readonly elapsed: number } | undefined;
  const now = (lastAt: number): number => {
    const elapsed = clock.elapsed();
    let instant = clock.now() + skew;
    const set = (to: number) => {
      skew += to - instant;
      instant = to;
    };
    if (last) {
      const expected = Math.round(last.now + elapsed - last.elapsed);
      if (instant < expected - MAX_BACKWARD_DRIFT_MS) set(expected);
      else if (instant > expected + MAX_FORWARD_DRIFT_MS) jumped += instant - expected;
    }
    if (instant < lastAt) set(lastAt);
    last = { now: instant, elapsed };
    return instant;
  };
  return {
    now,
    takeJump() {
      const by = jumped;
      jumped = 0;
      return by;
    },
  };
}
