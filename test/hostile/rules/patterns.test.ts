import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { costOf } from "../../../src/model/regex/backtracking.ts";
import { judgingSteps, matched, refusalOf, stepsOf, unfit } from "../../../src/model/regex/matching.ts";
import { parameterError } from "../../../src/workflow/schema/parameters.ts";
import { runs } from "../../rig/rules/runs.ts";

const FOR_EVER = "repeats something that can match one text in many ways, which may take for ever";

describe("a pattern that may take for ever is refused", () => {
  test.each([
    ["optional after optional", `${"a?".repeat(40)}${"a".repeat(40)}`],
    ["the same choice again and again", `^${"(?:a|a)".repeat(30)}$`],
    ["ranges that overlap beyond ASCII", "^(?:[\\u0100-\\u0200]|[\\u0150-\\u0250])*$"],
    ["a property and a larger one", "^(?:\\p{Script=Thai}|\\p{L})+$"],
    ["what is not a space and what is no digit", "^(?:\\S|\\D)+$"],
    ["a reference back, repeated", "^(a*)\\1*\\1*b"],
    ["two references back, repeated", "^(a)(?:\\1|\\1)*$"],
    ["a repetition inside of a look-ahead", "(?=(a+)+$)"],
    ["a repetition inside of a look-behind", "(?<=(?:x|x)*)y"],
  ])("%s", (_, source) => {
    expect(unfit(source, "u")).toEqual({ kind: "refused", message: FOR_EVER });
    expect(matched(source, "a".repeat(50), "u")).toEqual({ kind: "refused", message: FOR_EVER });
  });

  test.each([
    ["(?=b*x)a", 31_622],
    ["^(?:a(?=[ab]*c))*$", 31_622],
    ["(?<=x.*)a", 31_622],
    ["^(?:(?:a|b|ab)(?:c|d|cd)){4}x$", 3_906_250],
  ])("%s is applied to a text of a length that allows it", (source, longest) =>
    expect(costOf(source).longest).toBe(longest),
  );

  test("a look-around that is met once costs what is in it", () => {
    expect(costOf("^(?=.*[A-Z])(?=.*\\d).{8,}$").longest).toBeUndefined();
    expect(costOf("^(?=.*a.*b)x").longest).toBe(31_622);
  });

  test("a match may begin at every line", () => {
    const text = "a\n".repeat(20_000);
    expect(matched("^[^z]+z", text, "mu")).toEqual({ kind: "too long", most: 40_000, line: false, longest: 31_622 });
    expect(matched("^[^z\\n\\r\\u2028\\u2029]+z", text, "mu")).toEqual({ kind: "differs" });
  });
});

test.each([
  ["a".repeat(20_000), "is too large"],
  ["a?".repeat(1_400), "is too large"],
  [Array.from({ length: 1_000 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join("|"), "is too large"],
  [`${"(?:".repeat(3_300)}`, "is too large"],
  ["(?i:a|A)*", "changes in its middle how letters are compared"],
])("judging ends: pattern %#", (source, message) => {
  const { refused, unread, work } = costOf(source);
  // Where the program knows no such pattern it is none.
  expect(unread ? message : refused).toBe(message);
  expect(work).toBeLessThan(400_000);
});

test("what is no pattern in Unicode mode is judged as it is applied", () => {
  expect(unfit("^(\\-|a+)+$", "u")?.kind).toBe("invalid");
  expect(unfit("^(\\-|a+)+$", "")).toEqual({ kind: "refused", message: FOR_EVER });
  expect(matched("^\\-a$", "-a", "")).toEqual({ kind: "fits" });
});

test("what a library applies is judged all the same", () => {
  expect(refusalOf("(", 1, "u")?.kind).toBe("invalid");
  expect(refusalOf("a+b", 40_000, "u")).toEqual({ kind: "too long", most: 40_000, line: false, longest: 31_622 });
  expect(refusalOf("a+b", 10, "u")).toBeUndefined();
  expect(stepsOf("a+b", 1_000, "u")).toBe(1_000_000);
  expect(stepsOf("a+b", 40_000, "u")).toBe(0);
  expect(stepsOf("(a+)+", 10, "u")).toBe(0);
  expect(judgingSteps("a+b")).toBeGreaterThan(0);
});

/** All the ways in which a pattern of a few kinds of parts can be tried, counted by trying them. */
type Part = {
  readonly source: string;
  readonly tries: (text: string, at: number, then: (at: number) => boolean) => boolean;
};

/** Counts by continuations, as the engine goes: a choice is undone when what follows it fails. */
function counting(budget: { left: number }) {
  const step = () => {
    if (--budget.left < 0) throw new Error("more steps than were judged");
  };
  const letter = (letters: string): Part => ({
    source: letters.length === 1 ? letters : `[${letters}]`,
    tries: (text, at, then) => {
      step();
      return at < text.length && letters.includes(text[at]!) && then(at + 1);
    },
  });
  const sequence = (parts: readonly Part[]): Part => ({
    source: parts.map(({ source }) => source).join(""),
    tries: (text, at, then) => {
      const from = (index: number, place: number): boolean =>
        index === parts.length ? then(place) : parts[index]!.tries(text, place, (next) => from(index + 1, next));
      return from(0, at);
    },
  });
  const choice = (parts: readonly Part[]): Part => ({
    source: `(?:${parts.map(({ source }) => source).join("|")})`,
    tries: (text, at, then) => parts.some((part) => part.tries(text, at, then)),
  });
  const star = (part: Part): Part => ({
    source: `(?:${part.source})*`,
    tries: (text, at, then) => {
      const again = (place: number): boolean =>
        part.tries(text, place, (next) => next > place && again(next)) || then(place);
      return again(at);
    },
  });
  const maybe = (part: Part): Part => ({
    source: `(?:${part.source})?`,
    tries: (text, at, then) => part.tries(text, at, then) || then(at),
  });
  return { letter, sequence, choice, star, maybe };
}

test("applying any pattern to any text takes at most the judged steps", () => {
  const budget = { left: 0 };
  const make = counting(budget);
  const { part } = fc.letrec<{ part: Part }>((tie) => ({
    part: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom("a", "b", "ab", "bc").map(make.letter),
      fc.array(tie("part"), { minLength: 1, maxLength: 3 }).map(make.sequence),
      fc.array(tie("part"), { minLength: 1, maxLength: 3 }).map(make.choice),
      tie("part").map(make.star),
      tie("part").map(make.maybe),
    ),
  }));
  let applied = 0;
  fc.assert(
    fc.property(part, fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 40 }), ({ source, tries }, text) => {
      const whole = `^${source}$`;
      if (refusalOf(whole, text.length, "u") !== undefined) return;
      applied++;
      // Each place of the pattern may be tried at each step; few ways are not told from one.
      budget.left = 64 * (source.length + 2) * (1 + stepsOf(whole, text.length + 1, "u"));
      const found = tries(text, 0, (at) => at === text.length);
      expect(matched(whole, text, "u").kind === "fits").toBe(found);
    }),
    { numRuns: runs(500) },
  );
  expect(applied).toBeGreaterThan(0);
});

test("a parameter's pattern of days before it was judged is not applied", () => {
  expect(parameterError({ name: "p", required: true, type: "string", pattern: "^(a+)+$" }, "aaa")).toBe(
    "cannot be checked: the regular expression ^(a+)+$ repeats something that can match one text in many ways, which may take for ever",
  );
});
