import { randomBytes } from "node:crypto";
import type { Scheduler } from "../model/contracts/scheduler.ts";

/** Longer alarms ring early: a timer ignores changes of the system clock, so its caller looks at the clock again. */
const MAX_TIMER_MS = 60_000;

/** The time, the turns and the randomness of this process. */
export const systemScheduler: Scheduler = {
  now: Date.now,
  elapsed: () => performance.now(),
  alarm(delay, ring) {
    const timer = setTimeout(ring, Math.min(Math.max(0, delay), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
  defer: (work) => void setImmediate(work),
  random: randomBytes,
};
