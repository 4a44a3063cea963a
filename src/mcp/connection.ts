import type { Readable, Writable } from "node:stream";
import { type JSONRPCMessage, ProtocolErrorCode, type Transport } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { log } from "../observe/log.ts";
import { Backpressure } from "./backpressure.ts";
import { idIn, MAX_MESSAGE_BYTES, MessageLines, type Refuse } from "./lines.ts";

const REFUSED: Readonly<Record<Parameters<Refuse>[0], string>> = {
  too_large:
    "the message is larger than 4 MB, so Baton did not read it; pass a large workflow or output as the path of a file",
  batch: "Baton does not accept batched requests; send one request per message",
};

/** Returns the SDK's stdio transport, with limits on the work and memory that one client can cost. */
export function connect(input: Readable, output: Writable): Transport {
  const refuse: Refuse = (why, head) => {
    const error = { code: ProtocolErrorCode.InvalidRequest, message: REFUSED[why] };
    log(`protocol: ${error.message}`);
    // JSON-RPC requires null for an unknown id; the SDK's types have no null.
    const answer = { jsonrpc: "2.0", id: why === "batch" ? null : idIn(head), error } as JSONRPCMessage;
    pressure.send(answer).catch((error) => log(`protocol: ${error}`));
  };
  const lines: MessageLines = new MessageLines(refuse, () => pressure.capacity());
  const pressure = new Backpressure(
    new StdioServerTransport(lines, output, { maxBufferSize: MAX_MESSAGE_BYTES + 1 }),
    output,
  );
  input.pipe(lines);
  return pressure;
}
