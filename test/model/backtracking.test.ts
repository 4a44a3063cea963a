import { describe, expect, test } from "vitest";
import { costOf } from "../../src/model/regex/backtracking.ts";

describe("a pattern", () => {
  test.each([
    "(a+)+$",
    "^(a|a)*$",
    "(\\w+\\s*)+$",
    "^(.*,)*$",
    "(a|ab|b)*c",
    "^(a*b*)*$",
    "(?:x*)*y",
    "(a?){30}a{30}",
    "^(a{1,30}){1,30}$",
    "(?=(a+)+$)",
    "^([a-z]|[k-m])+$",
    "(\\d|\\w)*!",
  ])("refuses the pattern %s, whose repetition matches one text in many ways", (source) => {
    expect(costOf(source).refused).toBe(
      "repeats something that can match one text in many ways, so matching may never end",
    );
  });

  test.each([
    "^[a-z0-9]+(?:-[a-z0-9]+)*$",
    '^"(?:[^"\\\\]|\\\\.)*"$',
    "^(?:\\d{1,3}\\.){3}\\d{1,3}$",
    "^(?:[0-9a-f]{2}:?){16}$",
    "^\\d{4}-\\d{2}-\\d{2}T.*$",
    "^(?:feat|fix|docs)(?:\\([a-z-]+\\))?!?: .+$",
    "^(?:\\w+\\s*,\\s*)*\\w+$",
    "^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$",
    "foo",
    "^(?<q>['\\u4e2d])x\\k<q>$",
    "^\\p{Lu}a{0}[^b]*$",
    "(",
  ])("applies the pattern %s", (source) => expect(costOf(source).refused).toBeUndefined());

  test.each<[string, number | undefined]>([
    ["^a*$", undefined],
    ["foo+", undefined],
    ["a+b", 31622],
    ["foo.*bar", 31622],
    ["^\\s*.*\\s*$", 1000],
    ["^a*b*$", undefined],
    ["^.*x.*y.*z.*$", 177],
  ])("limits the text length for the pattern %s", (source, longest) => expect(costOf(source).maxLength).toBe(longest));

  test("refuses a pattern that is too large to be judged", () => {
    expect(costOf("a".repeat(5_000)).refused).toBe("is too large");
    const words = Array.from({ length: 120 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join("|");
    expect(costOf(`(?:${words})*`).refused).toBe("repeats something that is too large");
  });
});
