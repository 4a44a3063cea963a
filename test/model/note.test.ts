import { expect, test } from "vitest";
import { Notes } from "../../src/model/note.ts";
import { plainIssue } from "../../src/model/text/plain-issue.ts";

const wrong = (given: unknown) =>
  Notes.safeParse(given, { error: plainIssue }).error?.issues.map(
    ({ path, message }) => `${path.join(".")}: ${message}`,
  );

test("notes are written as one or as a list, as text or with an address", () => {
  expect(Notes.parse("one")).toEqual([{ text: "one" }]);
  expect(Notes.parse(["one", { text: "two", for: "builder", kind: "trap" }, { text: "three", for: "all" }])).toEqual([
    { text: "one" },
    { text: "two", for: ["builder"], kind: "trap" },
    { text: "three", for: "all" },
  ]);
});

test("a mistake in a note names its place", () => {
  expect(wrong({ txt: "x" })).toEqual(["0.text: must be text, not nothing", '0: has the unknown field "txt"']);
  expect(wrong([{ text: "x", kind: "hint" }])).toEqual(['0.kind: must be one of "decision", "trap", "discovery"']);
  expect(wrong(["fine", ""])).toEqual(["1.text: must not be empty"]);
  expect(wrong("y".repeat(5_000))).toEqual(["0.text: must have at most 4,000 characters"]);
  expect(wrong({ text: "x", for: [] })).toEqual(["0.for: must have at least 1 entries"]);
  expect(wrong(7)).toEqual(["0: must be an object, not a number"]);
  expect(wrong(Array.from({ length: 21 }, () => "x"))).toEqual([": must have at most 20 entries"]);
  expect(wrong(undefined)).toEqual([": must be a list, not nothing"]);
});
