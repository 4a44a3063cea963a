/** Time as an argument: the engine's only source of instants and alarms, so that tests can control it. */
export interface Clock {
  /**
   * Milliseconds since 1970. It may jump when the system's clock is set. For an order, take the larger of two
   * instants.
   */
  now(): number;
  /**
   * Milliseconds since some beginning. It never goes back and cannot be set. It may stand still while the machine
   * sleeps.
   */
  elapsed(): number;
  /**
   * Calls back once, `delay` milliseconds from now or earlier, so the caller must look at the clock again. Returns a
   * function that cancels the alarm.
   */
  alarm(delay: number, ring: () => void): () => void;
}
