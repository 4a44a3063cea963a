import type { Clock } from "../../model/contracts/clock.ts";
import { err, type Result } from "../../model/result.ts";
import { CANCELLED, Connection } from "./connection.ts";
import type { ServerDefinition, ServerEntry, ServerFailure } from "./definition.ts";

export interface ServersOptions {
  /** What servers inherit, and what the references in their definitions are looked up in. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The servers of Baton's own configuration. */
  readonly configured: Readonly<Record<string, ServerEntry>>;
  readonly clock: Clock;
  readonly version: string;
}

/** How long a server is kept that nobody uses, in milliseconds. */
const IDLE = 60_000;

type Listener = (stderr: Buffer) => void;

interface Kept {
  readonly opening: Promise<Result<Connection, ServerFailure>>;
  readonly users: Set<Listener>;
  last?: Listener;
  stopWaiting?: () => void;
}

/** The servers that this process speaks to: one for each definition, started when it is needed, shared by all steps, closed when nobody needs it. */
export class Servers {
  private readonly kept = new Map<string, Kept>();

  constructor(readonly options: ServersOptions) {}

  /** Works with a server. @param heard what the server writes to its stderr meanwhile */
  async use<T>(
    definition: ServerDefinition,
    heard: Listener,
    signal: AbortSignal,
    work: (connection: Connection) => Promise<Result<T, ServerFailure>>,
  ): Promise<Result<T, ServerFailure>> {
    const key = JSON.stringify(definition);
    const kept = this.kept.get(key) ?? this.open(key, definition);
    kept.stopWaiting?.();
    kept.users.add(heard);
    try {
      // Whoever gives up need not wait until the server is there; others may want it.
      const opened = await Promise.race([kept.opening, aborted(signal)]);
      return opened.ok ? await work(opened.value) : opened;
    } finally {
      kept.users.delete(heard);
      kept.last = heard;
      if (kept.users.size === 0) this.wait(key, kept);
    }
  }

  /** Lets go of them all: they end by themselves, or are ended. */
  leave(): void {
    for (const kept of this.kept.values()) close(kept);
    this.kept.clear();
  }

  private open(key: string, definition: ServerDefinition): Kept {
    const { environment, version } = this.options;
    const users = new Set<Listener>();
    const forget = () => {
      if (this.kept.get(key) === kept) this.kept.delete(key);
    };
    const opening = Connection.open(definition, {
      environment,
      version,
      heard: (stderr) => {
        for (const user of users) user(stderr);
        // What it says afterwards is most likely about the call that was the last.
        if (users.size === 0) kept.last?.(stderr);
      },
      closed: forget,
    });
    const kept: Kept = { opening, users };
    this.kept.set(key, kept);
    void opening.then((opened) => {
      if (!opened.ok) forget();
    });
    return kept;
  }

  private wait(key: string, kept: Kept): void {
    kept.stopWaiting = this.options.clock.alarm(IDLE, () => {
      if (kept.users.size > 0) return;
      if (this.kept.get(key) === kept) this.kept.delete(key);
      close(kept);
    });
  }
}

function close({ opening, stopWaiting }: Kept): void {
  stopWaiting?.();
  void opening.then((opened) => {
    if (opened.ok) opened.value.close();
  });
}

function aborted(signal: AbortSignal): Promise<Result<never, ServerFailure>> {
  if (signal.aborted) return Promise.resolve(err(CANCELLED));
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(err(CANCELLED)), { once: true }));
}
