import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { readFrontmatter } from "../../../src/catalog/frontmatter/frontmatter.ts";
import { duplicatesInJson } from "../../../src/workflow/source/duplicate-keys.ts";
import { readSource } from "../../../src/workflow/source/source.ts";
import { yamlLimitError } from "../../../src/workflow/source/yaml-depth.ts";
import { runs } from "../../rig/rules/runs.ts";

const told = (text: string) => readSource({ text }).errors.map(({ message }) => message);
const AS_JSON = "Write it as JSON, which may be larger, or split it into several workflows";
const PIECES = `the YAML has more than 400,000 words and signs. ${AS_JSON}`;
const keys = (most: number, line: (at: number) => string) =>
  Array.from({ length: most }, (_, at) => line(at)).join("\n");

describe("a text that is too much is refused before it is parsed", () => {
  test.each([
    ["half a million items", `steps:\n${" - {}\n".repeat(500_000)}`],
    ["sixty thousand keys", `context:\n${keys(60_000, (at) => `  k${at}: ${at}`)}`],
    ["comments", "#a\n".repeat(300_000)],
    ["blank lines", "\n".repeat(1_000_000)],
    ["commas", `a: [${"x, ".repeat(300_000)}]`],
    ["JSON that is none", `{"a": [${"{},".repeat(200_000)}}`],
  ])("%s", (_, text) => expect(told(text)).toEqual([PIECES]));

  test("millions of characters", () =>
    expect(told(`a: ${"x".repeat(4_000_001)}`)).toEqual([`the YAML is longer than 4,000,000 characters. ${AS_JSON}`]));

  test("thousands of aliases, each of which is looked for in all of the text", () => {
    const text = `${keys(1_100, (at) => `- &a${at} x`)}\n${keys(1_100, (at) => `- *a${at}`)}`;
    expect(told(text)).toEqual([
      "more than 2000 anchors and aliases are not supported. Write the workflow as JSON, without them",
    ]);
    expect(told("- &a x\n- *a\n- *a")).toEqual([]);
  });

  test("reports the place where it becomes too much", () => {
    expect(yamlLimitError("- a\n".repeat(120_000))?.offset).toBeGreaterThan(100_000);
    expect(yamlLimitError(`a: ${"[".repeat(300)}`)).toEqual({ offset: 202, message: "Nested deeper than 200 levels" });
    expect(yamlLimitError("a: 1")).toBeUndefined();
  });
});

describe("many keys", () => {
  test("reads many keys and reports duplicates, up to a hundred", () => {
    const text = `context:\n${keys(15_000, (at) => `  k${at}: ${at}`)}\n  k7: 1\n`;
    expect(readSource({ text }).errors).toEqual([
      { severity: "error", code: "duplicate", message: "map keys must be unique", at: { line: 15_002, column: 3 } },
    ]);
    expect(told("a: 1\n".repeat(5_000))).toHaveLength(100);
  });

  test("of JSON are looked up, too, in each object for itself", () => {
    const text = JSON.stringify({ a: Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`k${at}`, at])) });
    expect(told(text)).toEqual([]);
    expect(readSource({ text: `{"a": {"a": [{"a": 1}, {"a": 2}]},\n "b": "a:", "a": 1}` }).errors).toEqual([
      { severity: "error", code: "duplicate", message: "map keys must be unique", at: { line: 2, column: 13 } },
    ]);
    expect(told(`{${Array(5_000).fill('"k":1').join(",")}}`)).toHaveLength(100);
    expect(duplicatesInJson(`${"[".repeat(50_000)}${"]".repeat(50_000)}`)).toEqual([]);
  });

  test("warnings are told up to a hundred", () => {
    expect(readSource({ text: `a:\n${"- !mine x\n".repeat(500)}` }).warnings).toHaveLength(100);
  });
});

test("ten thousand steps are no hostile text", () => {
  const text = `name: large\nsteps:\n${keys(10_000, (at) => `  - id: s${at}\n    command: "echo ${at}"\n    retries: 2`)}\n`;
  expect(yamlLimitError(text)).toBeUndefined();
});

const trees = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("a", "1", '"x"', "'y'", "~", "true"),
    fc.array(tie("tree"), { maxLength: 4 }).map((items) => `[${items.join(", ")}]`),
    fc
      .array(fc.tuple(fc.constantFrom("a", "b", '"a"', "1", "c"), tie("tree")), { maxLength: 4 })
      .map((pairs) => `{${pairs.map(([key, value]) => `${key}: ${value}`).join(", ")}}`),
  ),
})).tree as fc.Arbitrary<string>;

test("keys are found equal where the parser itself finds them", () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const text = `top: ${tree}`;
      const unique = !parseDocument(text, { schema: "core" }).errors.some(({ code }) => code === "DUPLICATE_KEY");
      expect(told(text).some((message) => message === "map keys must be unique")).toBe(!unique);
    }),
    { numRuns: runs(300) },
  );
});

test("whatever the text, there is an answer", () => {
  const pieces = fc.constantFrom(
    "a",
    ":",
    " ",
    "\n",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "<<",
    "|",
    ">",
    "? ",
    "!",
    "'",
    '"',
    "#",
    "\t",
    "---\n",
    "%",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 80 }), (parts) => {
      const { value, errors: problems, jsonErrors: notPlain } = readSource({ text: parts.join("") });
      if (problems.length + notPlain.length === 0) expect(() => JSON.stringify(value)).not.toThrow();
      for (const { message } of problems) expect(message).not.toBe("");
    }),
    { numRuns: runs(500) },
  );
});

test.each([
  ["keys", keys(1_900, (at) => `k${at}: ${at}`)],
  ["equal keys", keys(1_900, () => "k: 1")],
  ["brackets", `description: ${"[".repeat(60_000)}`],
  ["blank lines", "\n".repeat(1_990)],
  ["colons", `description: ${"a: ".repeat(20_000)}`],
  ["quotes", `description: ${`"'`.repeat(30_000)}`],
  ["anchors", keys(1_900, (at) => `k${at}: &a${at} [*a${at}]`)],
])("frontmatter of %s is read or refused", (_, block) => {
  const text = `---\nname: a\n${block}\n---\nbody\n`;
  const { frontmatter, findings } = readFrontmatter(new TextEncoder().encode(text));
  expect(frontmatter?.fields.name ?? findings[0]?.effect).toMatch(/^a$|^refused$/);
});
