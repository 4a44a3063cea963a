import type { Scheduler } from "../../src/model/contracts/scheduler.ts";

/** Pseudorandom numbers from a seed (mulberry32): the same seed gives the same run on every machine. */
export class Random {
  constructor(private state: number) {}

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** An integer from 0 to `below - 1`. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

interface Task {
  readonly at: number;
  readonly process: SimProcess | undefined;
  readonly run: () => void;
}

/** Two tasks are never due at the same instant, so the seed decides every order. In milliseconds. */
const JITTER_MS = 0.5;

/** Virtual time, shared by all processes. It passes from task to task; between two tasks, all promises settle. */
export class World {
  /** Milliseconds since 1970, with fractions. */
  now = 1_000_000;
  private readonly tasks = new Set<Task>();

  constructor(readonly random: Random) {}

  /** @param process whose task it is: it waits while the process is frozen, and never runs once that is killed */
  schedule(delay: number, process: SimProcess | undefined, run: () => void): () => void {
    const task = { at: this.now + Math.max(0, delay) + this.random.next() * JITTER_MS, process, run };
    this.tasks.add(task);
    return () => this.tasks.delete(task);
  }

  /** Runs tasks until `done`, at most for `ms` of virtual time. Returns whether it is done. */
  async run(done: () => boolean, ms: number): Promise<boolean> {
    const until = this.now + ms;
    while (!done()) {
      const next = this.takeNext();
      if (!next || next.at > until) {
        if (next) this.tasks.add(next);
        this.now = Math.max(this.now, until);
        return false;
      }
      this.now = Math.max(this.now, next.at);
      const { process, run } = next;
      if (process?.isFrozen) this.tasks.add({ ...next, at: process.frozenUntil + this.random.next() * JITTER_MS });
      else if (!process?.killed) {
        run();
        await new Promise(setImmediate);
      }
    }
    return true;
  }

  private takeNext(): Task | undefined {
    let next: Task | undefined;
    for (const task of this.tasks) if (!next || task.at < next.at) next = task;
    if (next) this.tasks.delete(next);
    return next;
  }
}

/** A process of the simulation. Its clock may be set; it can be frozen (SIGSTOP, a laptop's lid) and killed. */
export class SimProcess implements Scheduler {
  killed = false;
  frozenUntil = 0;
  /** How far its system clock is off, in milliseconds. */
  skew = 0;
  private readonly began: number;

  constructor(
    readonly world: World,
    readonly pid: number,
  ) {
    this.began = world.now;
  }

  get isFrozen(): boolean {
    return this.frozenUntil > this.world.now;
  }

  now(): number {
    return Math.floor(this.world.now + this.skew);
  }

  elapsed(): number {
    return this.world.now - this.began;
  }

  alarm(delay: number, ring: () => void): () => void {
    if (this.killed) return () => {};
    return this.world.schedule(delay, this, ring);
  }

  defer(work: () => void): void {
    if (!this.killed) this.world.schedule(0, this, work);
  }

  random(bytes: number): Uint8Array {
    return this.world.random.bytes(bytes);
  }
}
