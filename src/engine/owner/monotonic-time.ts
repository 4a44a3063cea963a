import type { Clock } from "../../model/contracts/clock.ts";

/** How far the system's clock may be off what has really elapsed before somebody must have set it, in milliseconds. */
const SET_BACK = 1_000;
const SET_FORWARD = 5_000;

export interface Stamper {
  /** The instant now, as the run counts it: never before `lastAt`. */
  now(lastAt: number): number;
  /** By how much the clock was set forward, or the machine slept, since this was last asked, in milliseconds; 0: it was not. */
  jump(): number;
}

/**
 * Instants for one run that never go back, yet always go on. When the system's clock is set back, the run keeps the difference and counts on
 * from there by what has really elapsed. (To take the larger of `now` and the latest event would stop time until the clock has caught up, and
 * every timeout and retry with it.) When it is set forward, the run goes along, since deadlines are instants; `jump` says so, for what is
 * measured by its duration.
 */
export function stamper(clock: Clock): Stamper {
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
      if (instant < expected - SET_BACK) set(expected);
      else if (instant > expected + SET_FORWARD) jumped += instant - expected;
    }
    if (instant < lastAt) set(lastAt);
    last = { now: instant, elapsed };
    return instant;
  };
  return {
    now,
    jump() {
      const by = jumped;
      jumped = 0;
      return by;
    },
  };
}
