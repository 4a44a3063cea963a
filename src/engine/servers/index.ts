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

/** How long a server is shared that nobody uses, in milliseconds. */
const IDLE_TIMEOUT_MS = 60_000;

type StderrListener = (stderr: Buffer) => void;

interface SharedConnection {
  readonly opening: Promise<Result<Connection, ServerFailure>>;
  readonly users: Set<StderrListener>;
  lastUser?: StderrListener;
  cancelClose?: () => void;
}

/** The servers that this process speaks to: one for each definition, started when it is needed, shared by all steps, closed when nobody needs it. */
export class Servers {
  private readonly connections = new Map<string, SharedConnection>();

  constructor(readonly options: ServersOptions) {}

  /** Works with a server. @param onStderr what the server writes to its stderr meanwhile */
  async use<T>(
    definition: ServerDefinition,
    onStderr: StderrListener,
    signal: AbortSignal,
    work: (connection: Connection) => Promise<Result<T, ServerFailure>>,
  ): Promise<Result<T, ServerFailure>> {
    const key = JSON.stringify(definition);
    const shared = this.connections.get(key) ?? this.open(key, definition);
    shared.cancelClose?.();
    shared.users.add(onStderr);
    try {
      // Whoever gives up need not wait until the server is there; others may want it.
      const opened = await Promise.race([shared.opening, aborted(signal)]);
      return opened.ok ? await work(opened.value) : opened;
    } finally {
      shared.users.delete(onStderr);
      shared.lastUser = onStderr;
      if (shared.users.size === 0) this.closeWhenIdle(key, shared);
    }
  }

  /** Lets go of them all: they end by themselves, or are ended. */
  closeAll(): void {
    for (const shared of this.connections.values()) close(shared);
    this.connections.clear();
  }

  private open(key: string, definition: ServerDefinition): SharedConnection {
    const { environment, version } = this.options;
    const users = new Set<StderrListener>();
    const forget = () => {
      if (this.connections.get(key) === shared) this.connections.delete(key);
    };
    const opening = Connection.open(definition, {
      environment,
      version,
      onStderr: (stderr) => {
        for (const user of users) user(stderr);
        // What it says afterwards is most likely about the call that was the last.
        if (users.size === 0) shared.lastUser?.(stderr);
      },
      onClosed: forget,
    });
    const shared: SharedConnection = { opening, users };
    this.connections.set(key, shared);
    void opening.then((opened) => {
      if (!opened.ok) forget();
    });
    return shared;
  }

  private closeWhenIdle(key: string, shared: SharedConnection): void {
    shared.cancelClose = this.options.clock.alarm(IDLE_TIMEOUT_MS, () => {
      if (shared.users.size > 0) return;
      if (this.connections.get(key) === shared) this.connections.delete(key);
      close(shared);
    });
  }
}

function close({ opening, cancelClose: stopWaiting }: SharedConnection): void {
  stopWaiting?.();
  void opening.then((opened) => {
    if (opened.ok) opened.value.close();
  });
}

function aborted(signal: AbortSignal): Promise<Result<never, ServerFailure>> {
  if (signal.aborted) return Promise.resolve(err(CANCELLED));
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(err(CANCELLED)), { once: true }));
}
