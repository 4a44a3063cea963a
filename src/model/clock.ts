/** Time as an argument. The engine's only source of instants and alarms, so that tests can own it. */
export interface Clock {
  /** Milliseconds since 1970. May jump when the system's clock is set; whoever needs order takes the larger of two instants. */
  now(): number;
  /** Calls back once, `delay` milliseconds from now. Returns what takes the alarm back. */
  alarm(delay: number, ring: () => void): () => void;
}
