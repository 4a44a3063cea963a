import { PassThrough, Writable } from "node:stream";
import { expect, test } from "vitest";
import { connect } from "../../src/mcp/connection.ts";
import { idIn, MAX_MESSAGE_BYTES } from "../../src/mcp/lines.ts";

const request = (id: unknown, method = "ping", params: object = {}) =>
  `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;

/** Everything that is under way in this process, as far as it can come. */
const idle = async () => {
  for (let n = 0; n < 50; n++) await new Promise(setImmediate);
};

/** A connection whose client reads only when it is told to; `seen`: what came in. */
async function connection() {
  const input = new PassThrough({ highWaterMark: 64 * 1024 });
  const said: string[] = [];
  const unread: (() => void)[] = [];
  let reads = true;
  const output = new Writable({
    write(chunk, _, done) {
      said.push(String(chunk));
      if (reads) done();
      else unread.push(done);
    },
  });
  const transport = connect(input, output);
  const seen: { id?: unknown; method?: string }[] = [];
  let onSeen = (_: { id?: unknown }) => {};
  transport.onmessage = (message) => {
    seen.push(message as never);
    onSeen(message as never);
  };
  await transport.start();
  return {
    ...{ input, said, seen, transport, output },
    answering(with_: (id: unknown) => void) {
      onSeen = ({ id }) => with_(id);
    },
    stopReading() {
      reads = false;
    },
    readAgain() {
      reads = true;
      for (const done of unread.splice(0)) done();
    },
  };
}

test.each([
  ["a number", '{"jsonrpc":"2.0","id":17,"method":"x","params":{"id":"no"', 17],
  ["a text, after params", '{"params":{"id":1,"a":[{"id":2}],"s":"\\"id\\":3 }"}, "id" : "a\\"b", "x":"', 'a"b'],
  ["nothing that stands there whole", '{"jsonrpc":"2.0","id":"cut o', null],
  ["a number that may go on", '{"jsonrpc":"2.0","id":12', null],
  ["no id", '{"jsonrpc":"2.0","method":"x","params":{"id":1}', null],
  ["one that is none", '{"id":null,"a":1', null],
  ["a value that is called id", '{"method":"id","params":', null],
  ["no object", '"id":4', null],
])("the id of a message that is refused: %s", (_, head, id) => {
  expect(idIn(Buffer.from(head))).toBe(id);
});

test("refuses a message that is too large by its id and reads the next one, wherever chunks end", async () => {
  const { input, said, seen } = await connection();
  const large = Buffer.from(request("large", "x", { a: "y".repeat(MAX_MESSAGE_BYTES) }));
  const fits = Buffer.from(
    request("fits", "x", { a: "y".repeat(MAX_MESSAGE_BYTES + 1 - request("fits", "x", { a: "" }).length) }),
  );
  expect(fits.length - 1).toBe(MAX_MESSAGE_BYTES);
  const all = Buffer.concat([Buffer.from(request(1)), large, Buffer.from(request(2)), fits, Buffer.from(request(3))]);
  for (let at = 0; at < all.length; at += 100_001) {
    input.write(all.subarray(at, at + 100_001));
    await new Promise(setImmediate);
  }
  await idle();
  expect(seen.map(({ id }) => id)).toEqual([1, 2, "fits", 3]);
  expect(said.map((line) => JSON.parse(line))).toEqual([
    { jsonrpc: "2.0", id: "large", error: { code: -32600, message: expect.stringContaining("larger than 4 MB") } },
  ]);
});

test("refuses a batch, and ignores a last line without a newline", async () => {
  const { input, said, seen, transport } = await connection();
  const closed = new Promise<void>((resolve) => {
    transport.onclose = resolve;
  });
  input.write(`[${request(1).trim()}]\n\n{broken\n${request(2)}`);
  input.end(request(3).trim());
  await closed;
  expect(seen.map(({ id }) => id)).toEqual([2]);
  expect(said.map((line) => JSON.parse(line))).toMatchObject([{ id: null, error: { code: -32600 } }]);
});

test("stops reading from a client that does not read, then goes on without loss", async () => {
  const peer = await connection();
  const { input, seen, said, transport, output } = peer;
  const answer = { text: "z".repeat(100_000) };
  peer.answering((id) => void transport.send({ jsonrpc: "2.0", id: id as number, result: answer }));
  peer.stopReading();
  let sent = 0;
  const write = () => {
    while (sent < 800) if (!input.write(request(sent++, "ping", { pad: "p".repeat(1_000) }))) return;
  };
  write();
  await idle();
  // It was asked for 80 MB, and holds what it may, and what was in hand.
  expect(sent).toBeLessThan(300);
  expect(output.writableLength).toBeLessThan(16 * 1024 * 1024);
  const notify = {
    jsonrpc: "2.0" as const,
    method: "notifications/progress",
    params: { progressToken: 1, progress: 1 },
  };
  const before = output.writableLength;
  await transport.send(notify);
  expect(output.writableLength).toBe(before);
  peer.readAgain();
  while (sent < 800 || seen.length < 800) {
    write();
    await new Promise(setImmediate);
  }
  await idle();
  expect(seen.map(({ id }) => id)).toEqual(Array.from({ length: 800 }, (_, n) => n));
  expect(new Set(said.map((line) => JSON.parse(line).id)).size).toBe(800);
});

test("limits calls in progress; a cancelled call frees its place", async () => {
  const { input, seen, transport } = await connection();
  for (let n = 0; n < 1_500; n++) input.write(request(n));
  await idle();
  expect(seen).toHaveLength(1_000);
  for (let n = 0; n < 499; n++) await transport.send({ jsonrpc: "2.0", id: n, result: {} });
  await idle();
  expect(seen).toHaveLength(1_499);
  expect(seen.at(-1)?.id).toBe(1_498);
});
