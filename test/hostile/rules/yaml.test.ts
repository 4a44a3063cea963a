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

describe("YAML above the limits is refused before it is parsed", () => {
  test.each([
    ["500,000 items", `steps:\n${" - {}\n".repeat(500_000)}`],
    ["60,000 keys", `context:\n${keys(60_000, (at) => `  k${at}: ${at}`)}`],
    ["comments", "#a\n".repeat(300_000)],
    ["blank lines", "\n".repeat(1_000_000)],
    ["commas", `a: [${"x, ".repeat(300_000)}]`],
    ["invalid JSON", `{"a": [${"{},".repeat(200_000)}}`],
  ])("%s", (_, text) => expect(told(text)).toEqual([PIECES]));

  test("more than 4,000,000 characters of YAML are refused", () =>
    expect(told(`a: ${"x".repeat(4_000_001)}`)).toEqual([`the YAML is longer than 4,000,000 characters. ${AS_JSON}`]));

  test("more than 2000 anchors and aliases are refused", () => {
    const text = `${keys(1_100, (at) => `- &a${at} x`)}\n${keys(1_100, (at) => `- *a${at}`)}`;
    expect(told(text)).toEqual([
      "more than 2000 anchors and aliases are not supported. Write the workflow as JSON, without them",
    ]);
    expect(told("- &a x\n- *a\n- *a")).toEqual([]);
  });

  test("yamlLimitError gives the offset at which a limit is exceeded", () => {
    expect(yamlLimitError("- a\n".repeat(120_000))?.offset).toBeGreaterThan(100_000);
    expect(yamlLimitError(`a: ${"[".repeat(300)}`)).toEqual({ offset: 202, message: "Nested deeper than 200 levels" });
    expect(yamlLimitError("a: 1")).toBeUndefined();
  });
});

describe("many keys", () => {
  test("duplicate keys of YAML are reported, at most 100", () => {
    const text = `context:\n${keys(15_000, (at) => `  k${at}: ${at}`)}\n  k7: 1\n`;
    expect(readSource({ text }).errors).toEqual([
      { severity: "error", code: "duplicate", message: "map keys must be unique", at: { line: 15_002, column: 3 } },
    ]);
    expect(told("a: 1\n".repeat(5_000))).toHaveLength(100);
  });

  test("duplicate keys of JSON are reported for each object, at most 100", () => {
    const text = JSON.stringify({ a: Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`k${at}`, at])) });
    expect(told(text)).toEqual([]);
    expect(readSource({ text: `{"a": {"a": [{"a": 1}, {"a": 2}]},\n "b": "a:", "a": 1}` }).errors).toEqual([
      { severity: "error", code: "duplicate", message: "map keys must be unique", at: { line: 2, column: 13 } },
    ]);
    expect(told(`{${Array(5_000).fill('"k":1').join(",")}}`)).toHaveLength(100);
    expect(duplicatesInJson(`${"[".repeat(50_000)}${"]".repeat(50_000)}`)).toEqual([]);
  });

  test("at most 100 warnings are reported", () => {
    expect(readSource({ text: `a:\n${"- !mine x\n".repeat(500)}` }).warnings).toHaveLength(100);
  });
});

test("a workflow of 10,000 steps is within the limits", () => {
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

test("duplicate keys are reported exactly where the YAML parser reports them", () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const text = `top: ${tree}`;
      const unique = !parseDocument(text, { schema: "core" }).errors.some(({ code }) => code === "DUPLICATE_KEY");
      expect(told(text).some((message) => message === "map keys must be unique")).toBe(!unique);
    }),
    { numRuns: runs(300) },
  );
});

test("readSource gives a value or messages for any text", () => {
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
