import type { Scheduler } from "../../model/contracts/scheduler.ts";

/** One alarm at a time: setting it replaces the one before. */
export class Alarm {
  private stop: (() => void) | undefined;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly ring: () => void,
  ) {}

  /** @param delay in milliseconds; `undefined`: no alarm */
  set(delay: number | undefined): void {
    this.cancel();
    if (delay !== undefined) this.stop = this.scheduler.alarm(delay, this.ring);
  }

  cancel(): void {
    this.stop?.();
    this.stop = undefined;
  }
}
