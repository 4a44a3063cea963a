import type { Clock } from "../model/clock.ts";

/**
 * Instants for one run that never go back, yet always go on: when the system's clock was set back, the run keeps the
 * difference and counts from there. (Taking only the larger of `now` and the latest event would stop time until the clock had caught up,
 * and every timeout and retry with it.)
 */
export function stamper(clock: Clock): (lastAt: number) => number {
  let skew = 0;
  return (lastAt) => {
    const now = clock.now() + skew;
    if (now >= lastAt) return now;
    skew += lastAt - now;
    return lastAt;
  };
}
