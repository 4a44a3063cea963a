import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines } from "../../src/operations/template/text-diff.ts";

const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join("");

describe("a difference", () => {
  it("a difference shows changed lines with two lines around them", () => {
    const before = text("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m");
    const after = text("a", "b", "c", "D", "e", "f", "g", "h", "i", "j", "k", "new", "l", "m");
    expect(diffLines(before, after)).toEqual([
      ...["…", "  b", "  c", "- d", "+ D", "  e", "  f", "…", "  j", "  k", "+ new", "  l", "  m"],
    ]);
    expect(diffLines("a\r\nb", "a\nb\n")).toEqual([]);
  });

  it("a difference of too many lines removes and adds all lines", () => {
    const lines = Array.from({ length: 2_100 }, (_, i) => `line ${i}`);
    const found = diffLines(text("same", ...lines), text("same", ...lines.map((line) => line.toUpperCase())));
    expect(found.filter((line) => line.startsWith("- "))).toEqual(["- same", ...lines.map((line) => `- ${line}`)]);
    expect(found).toHaveLength(2 * 2_101);
  });

  it("a difference leads from the old text to the new text", () => {
    const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const found = diffLines(text(...before), text(...after));
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
