import fc from "fast-check";
import { expect, test } from "vitest";
import { visible, visibleIn } from "../../src/model/visible.ts";

test("control characters are written out; tabs, lines and everything that is written stay", () => {
  expect(visible("a\u001b[31mred\u0007 \u009b2J \u007f\u0000")).toBe("a\\u001b[31mred\\u0007 \\u009b2J \\u007f\\u0000");
  expect(visible("one\r\ntwo\tthree\nfour\rfive")).toBe("one\ntwo\tthree\nfour\\u000dfive");
  expect(visible("Größe 大きさ 👩‍💻")).toBe("Größe 大きさ 👩‍💻");
});

test("whatever is said, nothing of it is a control character, and what has none is left as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(visible(text)).not.toMatch(/(?![\t\n])\p{Cc}/u);
      let deep: unknown = "\u001b";
      for (let depth = 0; depth < 60; depth++) deep = depth % 2 ? [deep] : { first: 1, deep };
      expect(JSON.stringify(visibleIn(deep))).toContain("\\\\u001b");
      const tame = text.replaceAll(/\p{Cc}/gu, "");
      expect(visible(tame)).toBe(tame);
    }),
  );
});

test("in data everywhere, and only in texts", () => {
  const data = { "k\u001b": [1, null, true, "v\u0007", { deep: "\u0085" }], at: undefined };
  let deep: unknown = "\u001b";
  for (let depth = 0; depth < 60; depth++) deep = depth % 2 ? [deep] : { first: 1, deep };
  expect(JSON.stringify(visibleIn(deep))).toContain("\\\\u001b");
  const tame = { a: [{ b: "c" }], at: new Date(0) };
  expect(visibleIn(tame)).toBe(tame);
  expect(visibleIn(data)).toEqual({ "k\\u001b": [1, null, true, "v\\u0007", { deep: "\\u0085" }], at: undefined });
});
