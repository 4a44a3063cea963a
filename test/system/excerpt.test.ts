import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readExcerpt } from "../../src/system/excerpt.ts";
import { scratch } from "../rig/baton.ts";

/** Part sizes that are used in turn, some smaller than a character. */
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });

/** Reads a file part by part until the offset no longer advances. */
function inParts(path: string, sizes: readonly number[], final = false): { text: string; end: number } {
  let text = "";
  let from = 0;
  for (let part = 0; ; part++) {
    const { text: more, next } = readExcerpt(path, sizes[part % sizes.length]!, from, final);
    text += more;
    if (next === from) return { text, end: next };
    from = next;
  }
}

test("the parts of a text add up to the text, without split characters", () => {
  const path = join(scratch(), "text");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), sizes, (given, sizes) => {
      const whole = Buffer.from(given).toString();
      writeFileSync(path, whole);
      expect(inParts(path, sizes)).toEqual({ text: whole, end: Buffer.byteLength(whole) });
    }),
  );
});

test("the parts of a text that is still being written add up", () => {
  const path = join(scratch(), "text");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 30 }), sizes, (given, sizes) => {
      const bytes = Buffer.from(given);
      writeFileSync(path, "");
      let text = "";
      let from = 0;
      for (let written = 0, part = 0; written < bytes.length; part++) {
        const more = bytes.subarray(written, written + sizes[part % sizes.length]!);
        appendFileSync(path, more);
        written += more.length;
        const seen = readExcerpt(path, 1000, from);
        text += seen.text;
        from = seen.next;
      }
      expect(text).toBe(bytes.toString());
    }),
  );
});

test("an excerpt of the end is a suffix, at most one character short", () => {
  const path = join(scratch(), "text");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.integer({ min: 4, max: 40 }), (given, bytes) => {
      const whole = Buffer.from(given);
      writeFileSync(path, whole);
      const { text, start, next, size } = readExcerpt(path, bytes);
      expect(text).toBe(whole.subarray(start).toString());
      expect({ next, size }).toEqual({ next: whole.length, size: whole.length });
      expect(start).toBeLessThan(Math.max(1, whole.length - bytes + 4));
    }),
  );
});

test("an excerpt keeps invalid bytes, except an unfinished character at the end", () => {
  const path = join(scratch(), "text");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), sizes, (bytes, sizes) => {
      writeFileSync(path, bytes);
      expect(bytes.length - inParts(path, sizes).end).toBeLessThan(4);
    }),
  );
});

test("with `final`, the parts of invalid bytes add up to the decoded file", () => {
  const path = join(scratch(), "text");
  // Starts and inner bytes of characters, and now and then a whole one.
  const piece = fc.constantFrom([0x61], [0x80], [0xc3], [0xe2], [0x82], [0xf0], [0x90], [0xff], [0xe2, 0x82, 0xac]);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), sizes, (pieces, sizes) => {
      const bytes = Buffer.from(pieces.flat());
      writeFileSync(path, bytes);
      expect(inParts(path, sizes, true)).toEqual({ text: bytes.toString(), end: bytes.length });
    }),
  );
});

test("an excerpt without an offset is the end, from the first whole character", () => {
  const path = join(scratch(), "text");
  writeFileSync(path, "ää☃");
  expect(readExcerpt(path, 4)).toEqual({ text: "☃", start: 4, next: 7, size: 7 });
  expect(readExcerpt(path, 100)).toEqual({ text: "ää☃", start: 0, next: 7, size: 7 });
  expect(readExcerpt(path, 100, 99)).toEqual({ text: "", start: 7, next: 7, size: 7 });
  expect(readExcerpt(join(scratch(), "none"), 4)).toEqual({ text: "", start: 0, next: 0, size: 0 });
  expect(() => readExcerpt(scratch(), 4)).toThrow(expect.objectContaining({ code: "EISDIR" }));
});
