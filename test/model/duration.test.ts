import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duration, parseDuration } from "../../src/model/text/duration.ts";
import { runs } from "../rig/rules/runs.ts";

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
];

describe("a duration as text", () => {
  it.each([
    ["250ms", 250],
    ["5s", 5_000],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    ["1d2h3m4s5ms", 93_784_005],
    ["0s", 0],
  ])("%s is %d milliseconds", (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    "",
    "5",
    "s",
    "5 s",
    "5 minutes",
    "5S",
    "-5s",
    "1.5h",
    "30m1h",
    "1s1s",
    "5s ",
    "1e3s",
    `${"9".repeat(16)}s`,
  ])("%j is none", (text) => expect(parseDuration(text)).toBeUndefined());

  it("any amounts, the larger unit first, add up", () => {
    const amounts = fc.array(fc.option(fc.nat(1_000_000), { nil: undefined }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(amounts, (given) => {
        fc.pre(given.some((amount) => amount !== undefined));
        const said = UNITS.map(([unit], at) => (given[at] === undefined ? "" : `${given[at]}${unit}`)).join("");
        const ms = UNITS.reduce((sum, [, each], at) => sum + (given[at] ?? 0) * each, 0);
        expect(parseDuration(said)).toBe(ms);
      }),
      { numRuns: runs(200) },
    );
  });

  it("any other text is none, and a field with it says how to write one", () => {
    const word = fc.string({ unit: fc.constantFrom(..."0123456789dhms .-"), maxLength: 8 });
    fc.assert(
      fc.property(word, (text) => {
        const isDuration = text !== "" && /^(\d+d)?(\d+h)?(\d+m(?!s))?(\d+s)?(\d+ms)?$/.test(text);
        expect(parseDuration(text) !== undefined).toBe(isDuration);
        if (!isDuration) expect(duration().safeParse(text).error?.issues[0]?.message).toContain('"1h30m"');
      }),
      { numRuns: runs(500) },
    );
  });

  it("a field takes whole milliseconds within its bounds, as number or as text", () => {
    expect(duration().parse(1_500)).toBe(1_500);
    expect(duration(1).safeParse("0ms").success).toBe(false);
    expect(duration().safeParse(1.5).success).toBe(false);
    expect(duration().parse("365d")).toBe(31_536_000_000);
    expect(duration().safeParse("366d").error?.issues[0]?.code).toBe("too_big");
  });
});
