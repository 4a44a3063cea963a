// Damages of a journal: random bit flips, and prepared ones.
import { createHash } from "node:crypto";
import { EVENT_SCHEMAS } from "../../src/run/schemas.ts";

type Damage = (whole: Buffer) => Uint8Array;

/** Flips one to three bits. The same seed flips the same bits. */
export function flipped(whole: Buffer, seed: number): Buffer {
  const bytes = Buffer.from(whole);
  for (let n = 0; n <= seed % 3; n++) {
    const hash = createHash("sha256").update(`${seed}.${n}`).digest();
    const at = hash.readUIntBE(0, 6) % (bytes.length * 8);
    bytes[at >> 3]! ^= 1 << (at & 7);
  }
  return bytes;
}

const text = (change: (lines: string[]) => string[]): Damage => {
  const of = (whole: Buffer) => whole.toString().split("\n").slice(0, -1);
  return (whole) => Buffer.from(`${change(of(whole)).join("\n")}\n`);
};
const garbage = (size: number): Buffer =>
  Buffer.concat(Array.from({ length: size / 32 }, (_, n) => createHash("sha256").update(`garbage ${n}`).digest()));
/** Inserts bytes in the middle, between two lines. */
const amid =
  (what: Uint8Array | string): Damage =>
  (whole) => {
    const middle = whole.indexOf(10, whole.length >> 1) + 1;
    return Buffer.concat([whole.subarray(0, middle), Buffer.from(what), whole.subarray(middle)]);
  };
/** Inserts an event in the middle that no owner writes. */
const event = (fields: object | string): Damage =>
  amid(typeof fields === "string" ? `${fields}\n` : `${JSON.stringify({ at: Date.now(), epoch: 1, ...fields })}\n`);
const shuffled = (lines: string[]): string[] =>
  lines
    .map((line, n) => [createHash("sha256").update(`${n}`).digest("hex"), line] as const)
    .sort()
    .map(([, line]) => line);

const ODD_VALUES = [undefined, null, -1, 1e308, "", "\u202e", "__proto__", [], {}, [[]], true];

/** For the first event of each type, replaces each field with each odd value or removes it. */
export function* fieldsChanged(whole: Buffer): Generator<readonly [name: string, damaged: Buffer]> {
  const lines = whole.toString().split("\n").slice(0, -1);
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const seen = new Set<unknown>();
  for (const [at, event] of events.entries()) {
    if (seen.has(event.type)) continue;
    seen.add(event.type);
    for (const field of Object.keys(event))
      for (const value of ODD_VALUES) {
        const changed = JSON.stringify({ ...event, [field]: value });
        const text = `${lines.map((line, n) => (n === at ? changed : line)).join("\n")}\n`;
        yield [`${event.type}.${field} as ${JSON.stringify(value)}`, Buffer.from(text)];
      }
  }
}

export const damagesByHand: readonly (readonly [name: string, damage: Damage])[] = [
  ["empty", () => Buffer.alloc(0)],
  ["only line ends", () => Buffer.alloc(10_000, "\n")],
  ["only garbage", () => garbage(100_000)],
  ["garbage in the middle", amid(garbage(4096))],
  ["garbage at the end", (whole) => Buffer.concat([whole, garbage(4096)])],
  ["only zeros", (whole) => Buffer.alloc(whole.length)],
  ["zeros in the middle", amid(Buffer.alloc(4096))],
  ["zeros at the end", (whole) => Buffer.concat([whole, Buffer.alloc(4096)])],
  ["a line of 60 MB", amid(`${"x".repeat(60 * 1024 * 1024)}\n`)],
  ["an event of 30 MB", event({ type: "step_started", step: "s1", attempt: 1, more: "x".repeat(30 * 1024 * 1024) })],
  ["60 MB without a line end", (whole) => Buffer.concat([whole, Buffer.alloc(60 * 1024 * 1024, "x")])],
  ["a line of 50,000 levels", amid(`${"[".repeat(50_000)}${"]".repeat(50_000)}\n`)],
  [
    "an output of 50,000 levels",
    event(`{"at":1,"epoch":1,"type":"step_completed","output":${'{"x":'.repeat(50_000)}1${"}".repeat(50_000)}}`),
  ],
  ["each line twice", text((lines) => lines.flatMap((line) => [line, line]))],
  ["the whole journal twice", text((lines) => [...lines, ...lines])],
  ["lines shuffled", text(([first, ...rest]) => [first!, ...shuffled(rest)])],
  ["lines shuffled with the first", text(shuffled)],
  ["lines in reverse order", text((lines) => lines.reverse())],
  ["every other line lost", text((lines) => lines.filter((_, n) => n % 2 === 0))],
  ["the first line lost", text((lines) => lines.slice(1))],
  ["CRLF", text((lines) => lines.map((line) => `${line}\r`))],
  ["a byte order mark", (whole) => Buffer.concat([Buffer.from("\ufeff"), whole])],
  ["UTF-16", (whole) => Buffer.from(`\ufeff${whole}`, "utf16le")],
  ["the whole journal in one line", text((lines) => [lines.join(" ")])],
  ["a JSON array", text((lines) => [`[${lines.join(",")}]`])],
  ["invalid UTF-8", event('{"at":1,"epoch":1,"type":"step_started","step":"\xff\xfe"}')],
  ["null", event("null")],
  ["a number", event("1e999")],
  ["no fields", event("{}")],
  ["a time of 9e15", event({ at: 9e15, type: "run_paused", reason: "x" })],
  ["a negative time", event({ at: -1, type: "run_paused", reason: "x" })],
  ["an epoch of 1e300", event({ epoch: 1e300, type: "lease_taken" })],
  ["a lease_taken event without a lease", event({ epoch: 77, type: "lease_taken" })],
  ["the type __proto__", event({ type: "__proto__" })],
  ["an unknown type", event({ type: "levitated" })],
  ["a later format", text(([first, ...rest]) => [first!.replace(/"format":\d+/, '"format":99'), ...rest])],
  ["the first event repeated at the end", text((lines) => [...lines, lines[0]!])],
  ...[...EVENT_SCHEMAS.keys()].flatMap((type) => {
    return [
      [`${type} without fields`, event({ type })],
      [`${type} of an unknown step`, event({ type, step: "constructor", attempt: 1 })],
      [`${type} with a list as step`, event({ type, step: ["s1"], attempt: {} })],
      [`${type} of a finished step`, event({ type, step: "s0", attempt: 1 })],
    ] as const;
  }),
];
