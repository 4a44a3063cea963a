import type { Writable } from "node:stream";
import type { JSONRPCMessage, MessageExtraInfo, Transport, TransportSendOptions } from "@modelcontextprotocol/server";

/** Bytes that may wait to be read by the client before nothing more is taken from it. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** Calls that may be under way at once: many more than any host makes, and each costs little. */
const MAX_OPEN_CALLS = 1_000;
/** Longer than any call waits, in milliseconds. */
const CAPACITY_TIMEOUT_MS = 60_000;

/**
 * A connection that takes no more from its client than the client takes from it. Whoever asks and does not read what is answered is not heard
 * until it does: it costs a bounded amount of memory, however much it asks.
 */
export class Backpressure implements Transport {
  onmessage?: NonNullable<Transport["onmessage"]>;
  onerror?: NonNullable<Transport["onerror"]>;
  onclose?: NonNullable<Transport["onclose"]>;
  /** What was asked and is not answered yet. */
  private readonly openCalls = new Set<unknown>();
  private resume: (() => void) | undefined;

  constructor(
    private readonly inner: Transport,
    private readonly out: Writable,
  ) {
    // Each answer that waits listens for room.
    out.setMaxListeners(0);
    out.on("drain", () => this.resumeIfPossible());
  }

  start(): Promise<void> {
    const { inner } = this;
    inner.onmessage = (message: JSONRPCMessage, extra?: MessageExtraInfo) => {
      this.noteMessage(message);
      this.onmessage?.(message, extra);
    };
    inner.onerror = (error) => this.onerror?.(error);
    inner.onclose = () => this.onclose?.();
    return inner.start();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (!("method" in message)) this.closeCall(message.id);
    // How far something is interests nobody who does not read.
    else if (message.method === "notifications/progress" && this.out.writableLength > MAX_UNREAD_BYTES) return;
    await this.inner.send(message, options);
  }

  /** What has to be waited for before more is taken; `undefined`: nothing. */
  capacity(): Promise<void> | undefined {
    if (this.hasCapacity()) return undefined;
    return new Promise((resolve) => {
      // A call that was never answered must not make the server deaf.
      const patience = setTimeout(() => {
        this.openCalls.clear();
        this.resumeIfPossible();
      }, CAPACITY_TIMEOUT_MS);
      patience.unref();
      this.resume = () => {
        clearTimeout(patience);
        resolve();
      };
    });
  }

  private noteMessage(message: JSONRPCMessage): void {
    if (!("method" in message)) return;
    if ("id" in message) this.openCalls.add(message.id);
    // What was called off is not answered.
    else if (message.method === "notifications/cancelled") this.closeCall(message.params?.requestId);
  }

  private closeCall(id: unknown): void {
    this.openCalls.delete(id);
    this.resumeIfPossible();
  }

  private resumeIfPossible(): void {
    if (!this.resume || !this.hasCapacity()) return;
    const resume = this.resume;
    this.resume = undefined;
    resume();
  }

  private hasCapacity(): boolean {
    return this.out.writableLength <= MAX_UNREAD_BYTES && this.openCalls.size < MAX_OPEN_CALLS;
  }
}
