import type { Scheduler } from "../../model/contracts/scheduler.ts";

/** How long the scheduled work may take in one turn of the event loop, in milliseconds. */
const MAX_TURN_MS = 10;

/**
 * Returns a function that spreads work over the turns of the event loop, in the order of the calls. Timers and calls
 * run in between. A little work is done at once. Without the limit, thousands of short commands would keep the event
 * loop in one of its phases: they end faster than others start.
 */
export function scheduleInTurns({ elapsed, defer }: Pick<Scheduler, "elapsed" | "defer">): (work: () => void) => void {
  const waiting: (() => void)[] = [];
  let spent = 0;
  let turning = false;
  let busy = false;
  const perform = (work: () => void) => {
    const began = elapsed();
    busy = true;
    try {
      work();
    } finally {
      busy = false;
      spent += elapsed() - began;
    }
  };
  const turn = () => {
    spent = 0;
    try {
      for (let work = waiting.shift(); work; work = spent < MAX_TURN_MS ? waiting.shift() : undefined) perform(work);
    } finally {
      turning = spent > 0 || waiting.length > 0;
      if (turning) defer(turn);
    }
  };
  return (work) => {
    if (!turning) defer(turn);
    turning = true;
    // Work that is scheduled by other work runs after it.
    if (!busy && waiting.length === 0 && spent < MAX_TURN_MS) perform(work);
    else waiting.push(work);
  };
}
