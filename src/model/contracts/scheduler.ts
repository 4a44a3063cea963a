/**
 * Time, turns and chance as arguments: the engine's only source of them. Tests control it, so they can replay every
 * interleaving.
 */
export interface Scheduler {
  /**
   * Milliseconds since 1970. It may jump when the system's clock is set. For an order, take the larger of two
   * instants.
   */
  now(): number;
  /**
   * Milliseconds since some beginning. It never goes back and nobody can set it. It may stand still while the machine
   * sleeps.
   */
  elapsed(): number;
  /**
   * Calls back once, `delay` milliseconds from now or earlier, so the caller must look at the clock again. Returns a
   * function that cancels the alarm.
   */
  alarm(delay: number, ring: () => void): () => void;
  /** Calls back in a later turn, after the calls and timers that are due. */
  defer(work: () => void): void;
  /** Unpredictable bytes, for ids and tokens. */
  random(bytes: number): Uint8Array;
}

/** Calls back once `ms` milliseconds have elapsed, not earlier. Returns a function that cancels. */
export function after(scheduler: Scheduler, ms: number, ring: () => void): () => void {
  const due = scheduler.elapsed() + ms;
  let cancel = () => {};
  const wait = (left: number) => {
    cancel = scheduler.alarm(left, () => {
      const rest = due - scheduler.elapsed();
      if (rest > 0) wait(rest);
      else ring();
    });
  };
  wait(ms);
  return () => cancel();
}

/** Resolves once `ms` milliseconds have elapsed. */
export const sleep = (scheduler: Scheduler, ms: number): Promise<void> =>
  new Promise((resolve) => void after(scheduler, ms, resolve));

/** Resolves in a later turn: between two pieces of work, so that calls are answered meanwhile. */
export const nextTurn = (scheduler: Scheduler): Promise<void> => new Promise((resolve) => scheduler.defer(resolve));
