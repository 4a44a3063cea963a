import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitParts, type Part } from "../../src/run/assignment/fit-parts.ts";

const part = (name: string, rank: number, entries: string[], rest: Partial<Part> = {}): Part => ({
  ...{ name, heading: `${name}:`, entries, floor: 0, rank },
  ...rest,
});
const sizeOf = ({ heading, entries }: Part): number =>
  entries.length === 0 ? 0 : [heading, ...entries].join("\n").length;
const long = "x".repeat(1_000);

describe("fitParts", () => {
  test("everything is whole where there is room", () => {
    const parts = [part("a", 1, ["one", "two"]), part("b", 0, []), part("c", 2, [long])];
    expect(fitParts(parts, 2_000, 50)).toEqual({ blocks: ["a:\none\ntwo", `c:\n${long}`], leftOut: [] });
  });

  test("the smaller rank gets room first, and what is missing is counted", () => {
    const { blocks, leftOut } = fitParts([part("late", 2, [long]), part("first", 0, [long])], 1_300, 50);
    expect(blocks.at(-1)).toBe(`first:\n${long}`);
    expect(leftOut).toEqual([{ part: "late", size: 1_006 - (blocks.length > 1 ? blocks[0]!.length : 0) }]);
  });

  test("an entry that does not fit is cut, and the entries behind it are left out", () => {
    const { blocks, leftOut } = fitParts([part("a", 0, [long, "behind"])], 500, 0);
    expect(blocks).toEqual([`a:\n${"x".repeat(496)}…`]);
    expect(leftOut).toEqual([{ part: "a", size: 1_010 - 500 }]);
  });

  test("a part that is only useful whole is shown whole or not at all", () => {
    const parts = [part("a", 0, [long], { whole: true })];
    expect(fitParts(parts, 900, 0)).toEqual({ blocks: [], leftOut: [{ part: "a", size: 1_003 }] });
    expect(fitParts(parts, 1_100, 0).leftOut).toEqual([]);
  });

  test("a floor is shown even without room", () => {
    const { blocks } = fitParts([part("a", 0, [long], { floor: 400 }), part("b", 1, [long], { floor: 300 })], 10, 50);
    expect(blocks.map(({ length }) => length)).toEqual([400, 300]);
  });

  const entries = fc.array(fc.string({ maxLength: 400 }), { maxLength: 6 });
  const anyPart = fc.record({ entries, floor: fc.nat(500), rank: fc.nat(4), whole: fc.boolean() });
  const someParts = fc
    .array(anyPart, { maxLength: 7 })
    .map((all) =>
      all.map(({ entries, floor, rank, whole }, at) =>
        part(`p${at}`, rank, entries, { floor, ...(whole && { whole: true }) }),
      ),
    );

  test("nothing is left out unnamed, no floor is broken, and the room is kept beyond the floors", () => {
    fc.assert(
      fc.property(someParts, fc.nat(4_000), fc.nat(200), (parts, room, noteCost) => {
        const { blocks, leftOut } = fitParts(parts, room, noteCost);
        const shown = new Map(blocks.map((block) => [block.split(":")[0]!, block]));
        const floors = parts.map((one) => (one.whole ? 0 : Math.min(sizeOf(one), one.floor)));
        for (const one of parts) {
          const missing = leftOut.find((left) => left.part === one.name)?.size ?? 0;
          expect((shown.get(one.name)?.length ?? 0) + missing).toBe(sizeOf(one));
          if (one.whole && sizeOf(one) > 0) expect([0, sizeOf(one)]).toContain(missing);
        }
        const total = blocks.reduce((sum, { length }) => sum + length, 0);
        expect(total).toBeLessThanOrEqual(
          Math.max(
            room,
            floors.reduce((a, b) => a + b, 0),
          ),
        );
        expect(blocks.map((block) => Number(block.split(":")[0]!.slice(1)))).toEqual(
          [...shown.keys()].map((name) => Number(name.slice(1))).sort((a, b) => a - b),
        );
      }),
    );
  });

  test("everything is whole whenever it fits", () => {
    fc.assert(
      fc.property(someParts, fc.nat(200), (parts, noteCost) => {
        const all = parts.reduce((sum, one) => sum + sizeOf(one), 0);
        expect(fitParts(parts, all, noteCost).leftOut).toEqual([]);
      }),
    );
  });
});
