import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeControl, escapeControlIn, mapTexts } from "../../src/model/text/escape-control.ts";

test("writes out control characters, and keeps tabs, line breaks and visible text", () => {
  expect(escapeControl("a\u001b[31mred\u0007 \u009b2J \u007f\u0000")).toBe(
    "a\\u001b[31mred\\u0007 \\u009b2J \\u007f\\u0000",
  );
  expect(escapeControl("one\r\ntwo\tthree\nfour\rfive")).toBe("one\ntwo\tthree\nfour\\u000dfive");
  expect(escapeControl("Größe 大きさ 👩‍💻")).toBe("Größe 大きさ 👩‍💻");
});

test.each([
  ["marks of direction", "a\u202eb\u2066c\u200fd\u061ce", "a\\u202eb\\u2066c\\u200fd\\u061ce"],
  ["characters without width", "ig\u200bno\u2060re\u00ad \ufeff", "ig\\u200bno\\u2060re\\u00ad \\ufeff"],
  ["separators of lines", "a\u2028b\u2029c\u0085d", "a\\u2028b\\u2029c\\u0085d"],
  ["letters for machines, in UTF-16 units", "x\u{e0041}\u{e0100}", "x\\udb40\\udc41\\udb40\\udd00"],
  ["half characters", "a\ud800b\udc00", "a\\ud800b\\udc00"],
  ["letters that show nothing", "a\u3164b\u115fc\u034fd", "a\\u3164b\\u115fc\\u034fd"],
  ["joiners where no script needs them", "ig\u200dnore \u200d x\u200c", "ig\\u200dnore \\u200d x\\u200c"],
  ["more joiners than one", "👩‍\u200d💻", "👩\\u200d\\u200d💻"],
  ["choices of style that choose nothing", "a\ufe0f ❤\ufe0f\ufe0f\ufe00", "a\\ufe0f ❤\ufe0f\\ufe0f\\ufe00"],
])("writes out %s", (_, text, shown) => {
  expect(escapeControl(text)).toBe(shown);
});

test("keeps joiners that scripts and emoji need", () => {
  for (const text of ["می‌خواهم", "क्‍ष", "👩‍💻 👨‍👩‍👧 🏳️‍🌈 👍🏽 ❤️ 1️⃣ 🧑🏽‍🚀", "שלום עולם", "naïve e\u0301", "a\u00a0b　c"])
    expect(escapeControl(text)).toBe(text);
});

test("writes out every invisible character in any text, and changes nothing else", () => {
  const unseen =
    /(?![\t\n])\p{Cc}|\p{Cs}|[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\u2028\u2029\u200b\ufeff]|[\u{e0000}-\u{e0fff}]/u;
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(escapeControl(text)).not.toMatch(unseen);
      expect(escapeControl(escapeControl(text))).toBe(escapeControl(text));
      const tame = text.replaceAll(
        /\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/gu,
        "",
      );
      expect(escapeControl(tame)).toBe(tame);
    }),
  );
});

test("writes out control characters in all texts of data", () => {
  const data = { "k\u001b": [1, null, true, "v\u0007", { deep: "\u0085" }], at: undefined };
  let deep: unknown = "\u001b";
  for (let depth = 0; depth < 60; depth++) deep = depth % 2 ? [deep] : { first: 1, deep };
  expect(JSON.stringify(escapeControlIn(deep))).toContain("\\\\u001b");
  const tame = { a: [{ b: "c" }], at: new Date(0) };
  expect(escapeControlIn(tame)).toBe(tame);
  expect(escapeControlIn(data)).toEqual({
    "k\\u001b": [1, null, true, "v\\u0007", { deep: "\\u0085" }],
    at: undefined,
  });
});

test("maps the texts under chosen keys differently from the rest", () => {
  const data = { loud: ["a", { x: "b" }], rest: "c" };
  const upper = (text: string) => text.toUpperCase();
  const among = (key: string) => (key === "loud" ? (text: string) => text : undefined);
  expect(mapTexts(data, upper, among)).toEqual({ LOUD: ["a", { x: "b" }], REST: "C" });
});
