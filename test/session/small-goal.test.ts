import fc from "fast-check";
import { expect, test } from "vitest";
import { isChore } from "../../src/session/small-goal.ts";

const CHORES = [
  "Fix the typo in README.md",
  "please fix typo in README",
  "Correct the spelling of recieve in docs/guide.md",
  "Update the copyright year in LICENSE",
  "bump the version in package.json to 1.2.4",
  "add a newline at the end of .gitignore",
  "style: fix indentation in app.css",
];

test("one trivial edit is a chore, in a file that is named or in a few words", () => {
  for (const goal of CHORES) expect(isChore(goal), goal).toBe(true);
});

test("everything with more to it is none", () => {
  for (const goal of [
    "",
    "do it",
    "Fix the bug in parser.ts",
    "Rename getUser in api.ts",
    "Fix the misspelled enum value CRISSIS_MODE",
    "Fix the typo in the docstring of `load_data`",
    "Fix all typos in README.md",
    "Fix typos across docs/a.md, docs/b.md",
    "Fix the typo in README.md and bump the version",
    "Fix the typo in config.ts that breaks login",
    "Why is there a typo in README.md?",
    "Fix the typo in README.md.\nThen deploy.",
    "- fix the typo in a.md\n- fix the typo in b.md",
    "Fix the typo on the third page of the guide for new people in the office",
    `Fix the typo in ${"very ".repeat(30)}long.md`,
    "Fix the typo in a.md b.md c.md",
    "bump react version",
    "Add comments to posts",
    "Fix the typo TypeError: x\n    at main (a.js:1:2)",
  ])
    expect(isChore(goal), goal).toBe(false);
});

test("a chore with anything added is none, and no text is misread as one", () => {
  const more = fc.constantFrom(
    " and deploy it",
    ", then run the tests",
    " in every package",
    "? why",
    "\nAlso the login",
  );
  fc.assert(
    fc.property(fc.constantFrom(...CHORES), more, (goal, rest) => void expect(isChore(goal + rest)).toBe(false)),
  );
  const long = fc.string({ unit: "grapheme", minLength: 120, maxLength: 300 });
  fc.assert(
    fc.property(fc.constantFrom(...CHORES), long, (goal, rest) => void expect(isChore(`${goal} ${rest}`)).toBe(false)),
  );
});
