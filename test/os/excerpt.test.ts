import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readExcerpt } from "../../src/os/excerpt.ts";
import { scratch } from "../rig/baton.ts";

test("parts of a text, put together, are the text: no character is split or lost", () => {
  const path = join(scratch(), "text");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.integer({ min: 4, max: 9 }), (text, bytes) => {
      const whole = Buffer.from(text).toString();
      writeFileSync(path, whole);
      let read = "";
      let from = 0;
      for (let parts = 0; parts < 300; parts++) {
        const part = readExcerpt(path, bytes, from);
        read += part.text;
        from = part.next;
        if (from === part.size) break;
      }
      expect(read).toBe(whole);
    }),
  );
});

test("without a place to begin it is the end, from the first whole character on", () => {
  const path = join(scratch(), "text");
  writeFileSync(path, "ää☃");
  expect(readExcerpt(path, 4)).toEqual({ text: "☃", start: 4, next: 7, size: 7 });
  expect(readExcerpt(path, 100).text).toBe("ää☃");
  expect(readExcerpt(path, 100, 99)).toEqual({ text: "", start: 7, next: 7, size: 7 });
  expect(readExcerpt(join(scratch(), "none"), 4)).toEqual({ text: "", start: 0, next: 0, size: 0 });
});
