/** Time as an argument. The engine's only source of instants and alarms, so that tests can own it. */
export interface Clock {
  /** Milliseconds since 1970. May jump when the system's clock is set; whoever needs order takes the larger of two instants. */
  now(): number;
  /** Milliseconds since some beginning. Nobody sets it, and it never goes back; it may stand still while the machine sleeps. */
  elapsed(): number;
  /** Calls back once, `delay` milliseconds from now, or earlier: who waits for an instant looks at the clock again. Returns what takes the alarm back. */
  alarm(delay: number, ring: () => void): () => void;
}
