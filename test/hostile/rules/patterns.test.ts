import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { costOf } from "../../../src/model/regex/backtracking.ts";
import {
  findPatternError,
  judgingSteps,
  matchingSteps,
  matchPattern,
  matchRefusal,
} from "../../../src/model/regex/matching.ts";
import { parameterError } from "../../../src/workflow/schema/parameters.ts";
import { runs } from "../../rig/rules/runs.ts";

const FOR_EVER = "repeats something that can match one text in many ways, so matching may never end";

describe("a pattern that may take forever is refused", () => {
  test.each([
    ["optional after optional", `${"a?".repeat(40)}${"a".repeat(40)}`],
    ["the same alternatives repeated", `^${"(?:a|a)".repeat(30)}$`],
    ["ranges that overlap beyond ASCII", "^(?:[\\u0100-\\u0200]|[\\u0150-\\u0250])*$"],
    ["a Unicode property and one that contains it", "^(?:\\p{Script=Thai}|\\p{L})+$"],
    ["the classes not-space and not-digit", "^(?:\\S|\\D)+$"],
    ["a repeated back-reference", "^(a*)\\1*\\1*b"],
    ["two repeated back-references", "^(a)(?:\\1|\\1)*$"],
    ["a repetition inside a look-ahead", "(?=(a+)+$)"],
    ["a repetition inside a look-behind", "(?<=(?:x|x)*)y"],
  ])("%s", (_, source) => {
    expect(findPatternError(source, "u")).toEqual({ kind: "refused", message: FOR_EVER });
    expect(matchPattern(source, "a".repeat(50), "u")).toEqual({ kind: "refused", message: FOR_EVER });
  });

  test.each([
    ["(?=b*x)a", 31_622],
    ["^(?:a(?=[ab]*c))*$", 31_622],
    ["(?<=x.*)a", 31_622],
    ["^(?:(?:a|b|ab)(?:c|d|cd)){4}x$", 3_906_250],
  ])("%s is limited to a text length of %i", (source, longest) => expect(costOf(source).maxLength).toBe(longest));

  test("a look-around outside a repetition costs its content", () => {
    expect(costOf("^(?=.*[A-Z])(?=.*\\d).{8,}$").maxLength).toBeUndefined();
    expect(costOf("^(?=.*a.*b)x").maxLength).toBe(31_622);
  });

  test("with the m flag the cost counts a match at every line", () => {
    const text = "a\n".repeat(20_000);
    expect(matchPattern("^[^z]+z", text, "mu")).toEqual({
      kind: "too long",
      length: 40_000,
      line: false,
      maxLength: 31_622,
    });
    expect(matchPattern("^[^z\\n\\r\\u2028\\u2029]+z", text, "mu")).toEqual({ kind: "differs" });
  });
});

test.each([
  ["a".repeat(20_000), "is too large"],
  ["a?".repeat(1_400), "is too large"],
  [Array.from({ length: 1_000 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join("|"), "is too large"],
  [`${"(?:".repeat(3_300)}`, "is too large"],
  ["(?i:a|A)*", "changes in the middle how letters are compared"],
])("the cost of large pattern %# is counted in less than 400,000 steps", (source, message) => {
  const { refused, unparsed: unread, work } = costOf(source);
  // A Node.js version without this syntax cannot read the pattern.
  expect(unread ? message : refused).toBe(message);
  expect(work).toBeLessThan(400_000);
});

test("a pattern that is invalid in Unicode mode is checked with the flags of its use", () => {
  expect(findPatternError("^(\\-|a+)+$", "u")?.kind).toBe("invalid");
  expect(findPatternError("^(\\-|a+)+$", "")).toEqual({ kind: "refused", message: FOR_EVER });
  expect(matchPattern("^\\-a$", "-a", "")).toEqual({ kind: "fits" });
});

test("matchRefusal and matchingSteps count patterns that a library applies", () => {
  expect(matchRefusal("(", 1, "u")?.kind).toBe("invalid");
  expect(matchRefusal("a+b", 40_000, "u")).toEqual({
    kind: "too long",
    length: 40_000,
    line: false,
    maxLength: 31_622,
  });
  expect(matchRefusal("a+b", 10, "u")).toBeUndefined();
  expect(matchingSteps("a+b", 1_000, "u")).toBe(1_000_000);
  expect(matchingSteps("a+b", 40_000, "u")).toBe(0);
  expect(matchingSteps("(a+)+", 10, "u")).toBe(0);
  expect(judgingSteps("a+b")).toBeGreaterThan(0);
});

/** A part of a pattern, which can try all ways of a match and counts them. */
type Part = {
  readonly source: string;
  readonly tries: (text: string, at: number, then: (at: number) => boolean) => boolean;
};

/** Matches by continuations and counts the steps, like the engine: it takes a choice back when the rest fails. */
function counting(budget: { left: number }) {
  const step = () => {
    if (--budget.left < 0) throw new Error("more steps than were counted before");
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

test("applying any pattern to any text takes at most the counted steps", () => {
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
      if (matchRefusal(whole, text.length, "u") !== undefined) return;
      applied++;
      // Each part of the pattern may be tried at each step. The factor 64 covers small numbers of ways.
      budget.left = 64 * (source.length + 2) * (1 + matchingSteps(whole, text.length + 1, "u"));
      const found = tries(text, 0, (at) => at === text.length);
      expect(matchPattern(whole, text, "u").kind === "fits").toBe(found);
    }),
    { numRuns: runs(500) },
  );
  expect(applied).toBeGreaterThan(0);
});

test("a parameter's pattern from an older run that may take forever is not applied", () => {
  expect(parameterError({ name: "p", required: true, type: "string", pattern: "^(a+)+$" }, "aaa")).toBe(
    "cannot be checked: the regular expression ^(a+)+$ repeats something that can match one text in many ways, so matching may never end",
  );
});
