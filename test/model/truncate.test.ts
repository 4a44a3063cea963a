import fc from "fast-check";
import { expect, test } from "vitest";
import { quotedLine, quotedValue } from "../../src/model/text/quoted.ts";
import { excerpt, excerptValue } from "../../src/model/text/truncate.ts";

const LEFT_OUT = /…\[(\d+) characters left out\]…/;

test("an excerpt keeps head and tail within its limit, and says true numbers", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 700 }), fc.integer({ min: 60, max: 500 }), (text, max) => {
      const shown = excerpt(text, max);
      expect(shown.length).toBeLessThanOrEqual(max);
      if (text.length <= max) {
        expect(shown).toBe(text);
        return;
      }
      const note = LEFT_OUT.exec(shown.slice(Math.floor(max / 2) - 30))!;
      const [head, tail] = [
        shown.slice(0, shown.indexOf(note[0])),
        shown.slice(shown.lastIndexOf(note[0]) + note[0].length),
      ];
      expect(text.startsWith(head)).toBe(true);
      expect(text.endsWith(tail)).toBe(true);
      expect(head.length + Number(note[1]) + tail.length).toBe(text.length);
    }),
  );
});

test("an excerpt holds no half of a character that was whole", () => {
  for (let max = 60; max < 70; max++) expect(excerpt("😀".repeat(100), max)).not.toMatch(/\p{Surrogate}/u);
});

test("where there is no room for two parts, the beginning stands alone", () => {
  expect(excerpt("x".repeat(100), 10)).toBe(`${"x".repeat(9)}…`);
});

test("a value that is short enough stays what it is, and a long one becomes text", () => {
  const short = { a: 1 };
  expect(excerptValue(short, 60)).toBe(short);
  expect(excerptValue({ a: "y".repeat(200) }, 60)).toMatch(/^\{"a":"y+…\[\d+ characters left out\]…y+"\}$/);
  expect(excerptValue(undefined, 60)).toBeUndefined();
});

test("a quotation of a text that grows when it is written out still keeps to its limit and to the truth", () => {
  const text = "\u001b".repeat(1_000);
  const shown = quotedLine(text, 240);
  expect(shown.length).toBeLessThanOrEqual(242);
  const escapes = shown.split("\\u001b").length - 1;
  expect(Number(LEFT_OUT.exec(shown)![1]) + escapes).toBe(text.length);
  expect(quotedValue({ text }, 100).length).toBeLessThanOrEqual(100);
  expect(quotedLine("\n\n\n", 2)).toBe('"…"');
});
