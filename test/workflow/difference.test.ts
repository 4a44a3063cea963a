import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differenceOf } from "../../src/workflow/draw/difference.ts";

const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join("");

describe("a difference", () => {
  it("shows what changed with two lines around it", () => {
    const before = text("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m");
    const after = text("a", "b", "c", "D", "e", "f", "g", "h", "i", "j", "k", "new", "l", "m");
    expect(differenceOf(before, after)).toEqual([
      ...["…", "  b", "  c", "- d", "+ D", "  e", "  f", "…", "  j", "  k", "+ new", "  l", "  m"],
    ]);
    expect(differenceOf("a\r\nb", "a\nb\n")).toEqual([]);
  });

  it("of texts too long to compare is all that lies between", () => {
    const lines = Array.from({ length: 2_100 }, (_, i) => `line ${i}`);
    const found = differenceOf(text("first", ...lines, "last"), text("First", ...lines, "Last"));
    expect(found).toHaveLength(2 * 2_102);
  });

  it("leads from the one text to the other", () => {
    const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const found = differenceOf(text(...before), text(...after));
        const only = (signs: string) => found.filter((line) => signs.includes(line[0]!)).map((line) => line.slice(2));
        expect(found.length === 0).toBe(before.join() === after.join());
        // What is left out is the same in both.
        const left = (all: readonly string[], signs: string) => all.length - only(signs).length;
        expect(left(before, "- ")).toBe(left(after, "+ "));
        if (!found.includes("…") && found.length > 0) expect([only("- "), only("+ ")]).toEqual([before, after]);
      }),
    );
  });
});
