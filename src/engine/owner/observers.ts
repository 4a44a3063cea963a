import type { Observer, RunNews } from "../../model/contracts/observer.ts";
import type { Scheduler } from "../../model/contracts/scheduler.ts";
import type { JournalEvent } from "../../model/event.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";

/** How many events wait for a slow observer; the oldest are left out. */
const MAX_WAITING_EVENTS = 10_000;

interface ObserversOptions {
  readonly scheduler: Scheduler;
  readonly log: (message: string) => void;
}

/** Passes what happens to runs on to the observers, each at its own pace. */
export class Observers {
  private readonly feeds: readonly Feed[];

  constructor(observers: readonly Observer[], options: ObserversOptions) {
    this.feeds = observers.map((observer) => new Feed(observer, options));
  }

  /** Call it after the events are in the journal. It only queues them. */
  notify(workflowId: string, plan: Plan, state: RunState, events: readonly JournalEvent[]): void {
    // No observer costs nothing: this is called after every write.
    if (this.feeds.length === 0 || events.length === 0) return;
    for (const feed of this.feeds) feed.push({ workflowId, plan, state, events });
  }
}

/** The news that wait for one observer. */
class Feed {
  private waiting: RunNews[] = [];
  private waitingEvents = 0;
  /** By run: how many events were left out. */
  private readonly missed = new Map<string, number>();
  private busy = false;

  constructor(
    private readonly observer: Observer,
    private readonly options: ObserversOptions,
  ) {}

  push(news: RunNews): void {
    this.waiting.push(news);
    this.waitingEvents += news.events.length;
    while (this.waitingEvents > MAX_WAITING_EVENTS && this.waiting.length > 1) this.leaveOut(this.waiting.shift()!);
    if (this.busy) return;
    this.busy = true;
    this.options.scheduler.defer(() => void this.deliver());
  }

  private leaveOut({ workflowId, events }: RunNews): void {
    this.waitingEvents -= events.length;
    this.missed.set(workflowId, (this.missed.get(workflowId) ?? 0) + events.length);
  }

  private async deliver(): Promise<void> {
    for (let news = this.waiting.shift(); news; news = this.waiting.shift()) {
      this.waitingEvents -= news.events.length;
      const missed = this.missed.get(news.workflowId);
      this.missed.delete(news.workflowId);
      try {
        await this.observer.notice(missed === undefined ? news : { ...news, missed });
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.options.log(`the observer "${this.observer.name}" failed: ${why}`);
      }
    }
    this.busy = false;
  }
}
