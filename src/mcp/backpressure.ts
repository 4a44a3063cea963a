import type { Writable } from "node:stream";
import type { JSONRPCMessage, MessageExtraInfo, Transport, TransportSendOptions } from "@modelcontextprotocol/server";

/** Above this many unread bytes of output, Baton reads no further input from the client. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** Calls in progress at once: far more than any host makes, and each costs little. */
const MAX_OPEN_CALLS = 1_000;
/** Longer than any call waits for a run. */
const CAPACITY_TIMEOUT_MS = 60_000;

/**
 * A transport that stops reading input while the client leaves answers unread or has too many open calls.
 * This bounds the memory that one client can cost.
 */
export class Backpressure implements Transport {
  onmessage?: NonNullable<Transport["onmessage"]>;
  onerror?: NonNullable<Transport["onerror"]>;
  onclose?: NonNullable<Transport["onclose"]>;
  /** Ids of calls without an answer yet. */
  private readonly openCalls = new Set<unknown>();
  private resume: (() => void) | undefined;

  constructor(
    private readonly inner: Transport,
    private readonly out: Writable,
  ) {
    // Every waiting answer adds a drain listener.
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
    // Progress is of no use to a client that does not read.
    else if (message.method === "notifications/progress" && this.out.writableLength > MAX_UNREAD_BYTES) return;
    await this.inner.send(message, options);
  }

  /** Returns a promise that resolves when input may be read again, or `undefined` if it may be read now. */
  capacity(): Promise<void> | undefined {
    if (this.hasCapacity()) return undefined;
    return new Promise((resolve) => {
      // A call that never gets an answer must not block input for ever.
      const timeout = setTimeout(() => {
        this.openCalls.clear();
        this.resumeIfPossible();
      }, CAPACITY_TIMEOUT_MS);
      timeout.unref();
      this.resume = () => {
        clearTimeout(timeout);
        resolve();
      };
    });
  }

  private noteMessage(message: JSONRPCMessage): void {
    if (!("method" in message)) return;
    if ("id" in message) this.openCalls.add(message.id);
    // A cancelled call gets no answer.
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
