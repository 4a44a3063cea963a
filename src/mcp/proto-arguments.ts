import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";

const KEY = "__proto__";

/**
 * What the protocol's library leaves out of a call's arguments: one that is called `__proto__`. Nothing that a caller said may vanish, so it
 * is kept here until the call is dealt with, which then refuses it like any other argument that nobody knows.
 */
export class ProtoArguments {
  private readonly kept = new Map<string | number, unknown>();

  /** The transport, watched for such arguments. */
  wrap(transport: Transport): Transport {
    const { kept } = this;
    let onmessage: Transport["onmessage"];
    const deliver: NonNullable<Transport["onmessage"]> = (message, extra) => {
      const unread = protoArgumentOf(message);
      if (unread) kept.set(unread.id, unread.value);
      onmessage?.(message, extra);
    };
    Object.defineProperty(transport, "onmessage", {
      configurable: true,
      get: () => onmessage && deliver,
      set: (listener: Transport["onmessage"]) => {
        onmessage = listener;
      },
    });
    return transport;
  }

  /** The arguments of a call, with what was left out. */
  restore(id: string | number, args: Record<string, unknown>): Record<string, unknown> {
    if (!this.kept.has(id)) return args;
    const value = this.kept.get(id);
    this.kept.delete(id);
    return Object.fromEntries([...Object.entries(args), [KEY, value]]);
  }
}

function protoArgumentOf(message: JSONRPCMessage): { id: string | number; value: unknown } | undefined {
  if (!("method" in message) || !("id" in message) || message.method !== "tools/call") return undefined;
  const args = message.params?.arguments;
  if (typeof args !== "object" || args === null || !Object.hasOwn(args, KEY)) return undefined;
  return { id: message.id, value: Object.getOwnPropertyDescriptor(args, KEY)!.value };
}
