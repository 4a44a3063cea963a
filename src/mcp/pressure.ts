import type { Writable } from "node:stream";
import type { JSONRPCMessage, MessageExtraInfo, Transport, TransportSendOptions } from "@modelcontextprotocol/server";

/** Bytes that may wait to be read by the client before nothing more is taken from it. */
const MOST_UNREAD = 4 * 1024 * 1024;
/** Calls that may be under way at once: many more than any host makes, and each costs little. */
const MOST_ASKED = 1_000;
/** Longer than any call waits, in milliseconds. */
const LONGEST = 60_000;

/**
 * A connection that takes no more from its client than the client takes from it. Whoever asks and does not read what is answered is not heard
 * until it does: it costs a bounded amount of memory, however much it asks.
 */
export class Pressure implements Transport {
  onmessage?: NonNullable<Transport["onmessage"]>;
  onerror?: NonNullable<Transport["onerror"]>;
  onclose?: NonNullable<Transport["onclose"]>;
  /** What was asked and is not answered yet. */
  private readonly asked = new Set<unknown>();
  private resume: (() => void) | undefined;

  constructor(
    private readonly inner: Transport,
    private readonly out: Writable,
  ) {
    // Each answer that waits listens for room.
    out.setMaxListeners(0);
    out.on("drain", () => this.look());
  }

  start(): Promise<void> {
    const { inner } = this;
    inner.onmessage = (message: JSONRPCMessage, extra?: MessageExtraInfo) => {
      this.note(message);
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
    if (!("method" in message)) this.answered(message.id);
    // How far something is interests nobody who does not read.
    else if (message.method === "notifications/progress" && this.out.writableLength > MOST_UNREAD) return;
    await this.inner.send(message, options);
  }

  /** What has to be waited for before more is taken; `undefined`: nothing. */
  room(): Promise<void> | undefined {
    if (this.hasRoom()) return undefined;
    return new Promise((resolve) => {
      // A call that was never answered must not make the server deaf.
      const patience = setTimeout(() => {
        this.asked.clear();
        this.look();
      }, LONGEST);
      patience.unref();
      this.resume = () => {
        clearTimeout(patience);
        resolve();
      };
    });
  }

  private note(message: JSONRPCMessage): void {
    if (!("method" in message)) return;
    if ("id" in message) this.asked.add(message.id);
    // What was called off is not answered.
    else if (message.method === "notifications/cancelled") this.answered(message.params?.requestId);
  }

  private answered(id: unknown): void {
    this.asked.delete(id);
    this.look();
  }

  private look(): void {
    if (!this.resume || !this.hasRoom()) return;
    const resume = this.resume;
    this.resume = undefined;
    resume();
  }

  private hasRoom(): boolean {
    return this.out.writableLength <= MOST_UNREAD && this.asked.size < MOST_ASKED;
  }
}
