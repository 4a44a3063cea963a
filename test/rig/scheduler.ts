import { randomBytes } from "node:crypto";
import type { Scheduler } from "../../src/model/contracts/scheduler.ts";

/**
 * Time that passes only when a test says so. Alarms ring in order; setting the clock does not move them, as with real
 * timers.
 */
export class VirtualScheduler implements Scheduler {
  private alarms: { at: number; ring: () => void }[] = [];
  private passed = 0;

  constructor(private origin = 1_000_000) {}

  now(): number {
    return this.origin + this.passed;
  }

  elapsed(): number {
    return this.passed;
  }

  alarm(delay: number, ring: () => void): () => void {
    const alarm = { at: this.passed + Math.max(0, delay), ring };
    this.alarms.push(alarm);
    return () => {
      this.alarms = this.alarms.filter((other) => other !== alarm);
    };
  }

  /** In a real turn: what the woken code does not wait for has run once `pass` resolves. */
  defer(work: () => void): void {
    setImmediate(work);
  }

  random(bytes: number): Uint8Array {
    return randomBytes(bytes);
  }

  /** Sets the system's clock, without letting time pass. */
  set(instant: number): void {
    this.origin = instant - this.passed;
  }

  /** Lets time pass while the process is too busy to hear an alarm. */
  waste(ms: number): void {
    this.passed += ms;
  }

  /** Lets time pass, rings the alarms that are due, and lets the woken code run. */
  async pass(ms: number): Promise<void> {
    const until = this.passed + ms;
    await settled();
    for (;;) {
      const next = this.alarms.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.alarms = this.alarms.filter((alarm) => alarm !== next);
      this.passed = Math.max(this.passed, next.at);
      next.ring();
      await settled();
    }
    this.passed = until;
  }
}

/** Resolves once all pending work that needs no time is done. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}
