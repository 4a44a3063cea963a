import fc from "fast-check";
import { expect, test } from "vitest";
import { fitItems, type Part } from "../../src/run/view/briefing/fit-items.ts";
import { runs } from "../rig/rules/runs.ts";

const READ_ALL = "list {} has all.";

test("a part shows all its items in short before any of them whole, and the parts below come after", () => {
  const part = (title: string, ...items: string[]): Part => ({
    title,
    most: 2,
    items: items.map((text) => (text.length > 20 ? { text } : { text, short: text.slice(0, 3) })),
  });
  const long = `a3 ${"long ".repeat(20)}`;
  const parts = [part("A", "a1 whole", "a2 whole", long), part("B"), part("C", "c1 whole")];
  expect(fitItems(parts, 1_000, READ_ALL)).toEqual(["A:", "a1 whole", "a2 whole", long, "C:", "c1 whole"]);
  // The third item of A comes after C.
  const left = `Left out: 1 of "A". ${READ_ALL}`;
  expect(fitItems(parts, 100, READ_ALL)).toEqual(["A:", "a1 whole", "a2 whole", "C:", "c1 whole", left]);
  expect(fitItems(parts, 67, READ_ALL)).toEqual(["A:", "a1 whole", "a2 ", "C:", "c1 whole", left]);
  expect(fitItems(parts, 0, READ_ALL)).toEqual([`Left out: 3 of "A", 1 of "C". ${READ_ALL}`]);
});

test("nothing is left out for what is needed less, and what is left out is counted", () => {
  const item = fc.record({ whole: fc.nat(60), cut: fc.option(fc.nat(60), { nil: undefined }) });
  const part = fc.record({ items: fc.array(item, { maxLength: 8 }), most: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.nat(900), (drawn, room) => {
      const parts = drawn.map(
        ({ items, most }, at): Part => ({
          title: `T${at}`,
          most,
          items: items.map(({ whole, cut }, number) => {
            const text = `- ${at}.${number} ${"x".repeat(whole)}`;
            return { text, ...(cut !== undefined && { short: text.slice(0, 6 + Math.min(cut, whole)) }) };
          }),
        }),
      );
      const lines = fitItems(parts, room, READ_ALL);
      const names = lines.flatMap((line) => /^- (\d+\.\d+) /.exec(line)?.[1] ?? []);
      const order = [
        ...parts.flatMap(({ items, most }, at) => items.slice(0, most).map((_, number) => `${at}.${number}`)),
        ...parts.flatMap(({ items, most }, at) => items.slice(most).map((_, number) => `${at}.${number + most}`)),
      ];
      // What is shown is the beginning of the order: the next one in it did not fit.
      expect(new Set(names)).toEqual(new Set(order.slice(0, names.length)));
      const last = lines.at(-1) ?? "";
      const left = [...last.matchAll(/(\d+) of "T/g)].reduce((sum, [, count]) => sum + Number(count), 0);
      expect(names.length + left).toBe(order.length);
      if (left > 0) expect(last).toMatch(/^Left out: .* list \{\} has all\.$/);
      const size = lines.join("\n").length;
      if (names.length > 0) expect(size).toBeLessThanOrEqual(room);
    }),
    { numRuns: runs(200) },
  );
});
