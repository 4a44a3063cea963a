import type { Scheduler } from "../../model/contracts/scheduler.ts";
import { err, type Result } from "../../model/data/result.ts";
import { CANCELLED, Connection } from "./connection.ts";
import type { ServerDefinition, ServerEntry, ServerFailure } from "./definition.ts";

export interface ServersOptions {
  /** The environment that servers inherit, and that resolves the `${NAME}` references in their definitions. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The servers of Baton's own configuration. */
  readonly configured: Readonly<Record<string, ServerEntry>>;
  readonly scheduler: Scheduler;
  readonly version: string;
}

/** How long an unused server stays open, in milliseconds. */
const IDLE_TIMEOUT_MS = 60_000;

type StderrListener = (stderr: Buffer) => void;

interface SharedConnection {
  readonly opening: Promise<Result<Connection, ServerFailure>>;
  readonly users: Set<StderrListener>;
  lastUser?: StderrListener;
  cancelClose?: () => void;
}

/**
 * The MCP servers that this process uses: one for each definition, started on demand, shared by steps, closed when
 * idle.
 */
export class Servers {
  private readonly connections = new Map<string, SharedConnection>();

  constructor(readonly options: ServersOptions) {}

  /** Runs `work` with a server. @param onStderr receives what the server writes to its stderr meanwhile */
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
      // A cancelled caller need not wait until the server is open. The server still opens, for other callers.
      const opened = await Promise.race([shared.opening, aborted(signal)]);
      return opened.ok ? await work(opened.value) : opened;
    } finally {
      shared.users.delete(onStderr);
      shared.lastUser = onStderr;
      if (shared.users.size === 0) this.closeWhenIdle(key, shared);
    }
  }

  /** Closes all servers. Those that do not end by themselves are killed. */
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
        // Later output most likely belongs to the last call.
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
    shared.cancelClose = this.options.scheduler.alarm(IDLE_TIMEOUT_MS, () => {
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
