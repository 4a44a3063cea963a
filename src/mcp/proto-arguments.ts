import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";

const KEY = "__proto__";

/**
 * Restores arguments named `__proto__`, which the SDK drops from a call.
 * Validation then rejects them like any other unknown argument.
 */
export class ProtoArguments {
  private readonly kept = new Map<string | number, unknown>();

  /** Intercepts messages of the transport to keep such arguments. */
  wrap(transport: Transport): Transport {
    const { kept } = this;
    let onmessage: Transport["onmessage"];
    const deliver: NonNullable<Transport["onmessage"]> = (message, extra) => {
      const dropped = protoArgumentOf(message);
      if (dropped) kept.set(dropped.id, dropped.value);
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

  /** Returns the arguments of a call, including a dropped one. A second call with the same id finds nothing. */
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
