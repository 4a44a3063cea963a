import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NAMED_SCHEMAS, SCHEMA_NAMES } from "../../src/model/named-schemas.ts";
import { exampleOf, MAX_EXAMPLE_CHARACTERS } from "../../src/run/assignment/example-of.ts";
import { schemaErrors } from "../../src/run/schema/validate-output.ts";

const text = { type: "string" };
const list = (items: unknown, more: object = {}) => ({ type: "array", items, ...more });

describe("an example of a schema", () => {
  test("shows required fields first, marks the others, and names types, choices and limits", () => {
    const schema = {
      type: "object",
      required: ["summary", "filesChanged"],
      properties: {
        confidence: { type: "number", minimum: 0, maximum: 1 },
        size: { enum: ["S", "M", "L"] },
        summary: { ...text, description: "What was done,\nin a sentence" },
        filesChanged: list(text),
        tries: { type: "integer", minimum: 2 },
        done: { type: "boolean" },
      },
    };
    expect(exampleOf(schema)).toBe(
      '{"summary": "text" (What was done, in a sentence), "filesChanged": ["path"], "confidence"?: 0.8 (0 to 1), ' +
        '"size"?: "S" | "M" | "L", "tries"?: 2 (at least 2), "done"?: true | false}',
    );
  });

  test.each([
    [undefined, "any"],
    [true, "any"],
    [false, "nothing"],
    [{ enum: [] }, "nothing"],
    [{}, "any"],
    [{ type: "strange" }, "any"],
    [{ const: null }, "null"],
    [{ const: Symbol("no JSON") }, "any"],
    [{ enum: [1, [2], { three: 3 }] }, "1 | […] | {…}"],
    [{ type: "integer", examples: [0, 1] }, "0"],
    [{ type: "integer", examples: [] }, "1"],
    [{ type: ["string", "null"] }, '"text" | null'],
    [{ type: "integer" }, "1"],
    [{ type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }, "1"],
    [{ type: "number", maximum: 0.5 }, "0.5 (at most 0.5)"],
    [{ type: "array" }, "[any]"],
    [{ type: "array", prefixItems: [text, { type: "integer" }] }, '["text", 1]'],
    [{ items: text, minItems: 2, maxItems: 5 }, '["text"] (2 to 5 of them)'],
    [{ items: text, minItems: 1, maxItems: 5 }, '["text"] (at most 5 of them)'],
    [{ type: "object" }, "{}"],
    [{ type: "object", additionalProperties: text }, '{"name": "text"}'],
    [{ required: ["a", "b"] }, '{"a": any, "b": any}'],
    [{ anyOf: [text, list(text)] }, '"text" | ["text"]'],
    [{ oneOf: [text, text] }, '"text"'],
    [{ anyOf: ["a", "b", "c", "d", "e"].map((one) => ({ const: one })) }, '"a" | "b" | "c" | "d" | …'],
    [{ type: "string", format: "date" }, '"2026-01-31"'],
    [{ properties: { verify: text, outFile: text } }, '{"verify"?: "command", "outFile"?: "path"}'],
    [{ $defs: { one: { const: 1 } }, items: { $ref: "#/$defs/one" } }, "[1]"],
    [{ items: { $ref: "elsewhere.json" } }, "[any]"],
    [{ items: { $ref: "#/$defs/missing", description: "a thing" } }, "[any (a thing)]"],
    [{ items: { $ref: "#/$defs/missing", ...text } }, '["text"]'],
    [
      { allOf: [{ required: ["a"], properties: { a: text } }, { properties: { b: text } }] },
      '{"a": "text", "b"?: "text"}',
    ],
    [{ allOf: [false, true] }, "any"],
    [{ const: 'a "b"\n\u001b[31m\u202e' }, '"a \\"b\\"\\n\\u001b[31m\\u202e"'],
  ])("of %j is %s", (schema, shown) => {
    expect(exampleOf(schema)).toBe(shown);
  });

  test("leaves out descriptions, then depth, then the end of what is too large", () => {
    const many = (count: number, each: object) => ({
      properties: Object.fromEntries(Array.from({ length: count }, (_, at) => [`field${at}`, each])),
    });
    const described = exampleOf(many(30, { ...text, description: "word ".repeat(30) }));
    expect(described).not.toContain("word");
    expect(described).toContain('"field29"?: "text"');
    expect(exampleOf(many(15, many(15, text)))).toContain("…");
    expect(exampleOf(many(4, many(4, many(4, many(4, many(4, text))))))).toContain("{…}");
    expect(exampleOf(many(4, many(4, many(4, list(list(list(list(text))))))))).toContain("[…]");
    expect(exampleOf(many(1_000, text))).toMatch(/"field39"\?: "text", …\}$/);
  });

  test("a schema that refers to itself has an end, in little time", () => {
    const endless = [
      { $ref: "#" },
      { anyOf: [{ $ref: "#" }, { $ref: "#" }] },
      { allOf: [{ $ref: "#" }, { $ref: "#" }] },
      { items: { $ref: "#" } },
      { properties: Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`f${at}`, { $ref: "#" }])) },
    ];
    for (const schema of endless) expect(exampleOf(schema).length).toBeLessThanOrEqual(MAX_EXAMPLE_CHARACTERS);
    const huge = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`f${at}`, { $ref: "#" }]));
    expect(exampleOf({ properties: huge }).length).toBeLessThanOrEqual(MAX_EXAMPLE_CHARACTERS);
  });

  test.each(SCHEMA_NAMES)("of the named schema %s holds all of its fields", (name) => {
    const { schema } = NAMED_SCHEMAS[name];
    const shown = exampleOf(schema);
    expect(shown).not.toContain("…");
    for (const field of Object.keys(schema.properties as object)) expect(shown).toContain(`"${field}"`);
  });
});

/** Schemas of which every part shows in an example, so that the example is a value that fits. */
const word = fc.stringMatching(/^[a-z]{1,8}$/);
const honest = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3 },
    fc.constant(text),
    fc.constant({ type: "boolean" }),
    fc.constant({ type: "null" }),
    fc.record({ type: fc.constantFrom("number", "integer"), minimum: fc.integer({ min: -9, max: 9 }) }),
    fc.integer({ min: -9, max: 0 }).map((low) => ({ type: "number", minimum: low, maximum: low + 0.5 })),
    fc.record({ enum: fc.uniqueArray(fc.oneof(word, fc.integer()), { minLength: 1, maxLength: 4 }) }),
    fc.record({ const: word }),
    tie("schema").map((items) => ({ type: "array", items })),
    fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc
      .dictionary(word, tie("schema"), { maxKeys: 4, noNullPrototype: true })
      .chain((properties) =>
        fc.subarray(Object.keys(properties)).map((required) => ({ type: "object", properties, required })),
      ),
  ),
})).schema;

/** The value that an example shows: the first of each choice, without marks and notes. */
function shownValue(example: string): unknown {
  const token = /"(?:[^"\\]|\\.)*"|[^"]/g;
  const kept: string[] = [];
  let skipping: number | undefined;
  let level = 0;
  let inNote = false;
  for (const [part] of example.matchAll(token)) {
    if (part === "(") inNote = true;
    if (inNote) {
      if (part === ")") inNote = false;
      continue;
    }
    if (part === "{" || part === "[") level++;
    if (part === "|") skipping ??= level;
    if (skipping !== undefined && level === skipping && /[,}\]]/.test(part)) skipping = undefined;
    // The end of what encloses the choice closes it, too.
    if (part === "}" || part === "]") level--;
    if (skipping !== undefined && level < skipping) skipping = undefined;
    if (skipping === undefined && part !== "?") kept.push(part);
  }
  return JSON.parse(kept.join(""));
}

test("what an example shows fits its schema", () => {
  fc.assert(
    fc.property(honest, (schema) => {
      const shown = exampleOf(schema);
      fc.pre(!shown.includes("…"));
      expect(schemaErrors(schema as object as Record<string, unknown>, shownValue(shown) as never)).toEqual([]);
    }),
  );
});

test("an example of anything is one bounded line, and the same each time", () => {
  const keyword = fc.constantFrom(
    ..."type enum const anyOf oneOf allOf items prefixItems properties required additionalProperties $ref $defs".split(
      " ",
    ),
    ..."description format minimum maximum minItems maxItems".split(" "),
  );
  const odd = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.anything(),
      fc.constantFrom("string", "object", "array", "#", "#/$defs/a", "#/items"),
      fc.array(tie("any"), { maxLength: 5 }),
      fc.dictionary(fc.oneof(keyword, fc.string()), tie("any"), { maxKeys: 5 }),
    ),
  })).any;
  fc.assert(
    fc.property(odd, (schema) => {
      const shown = exampleOf(schema);
      expect(shown.length).toBeLessThanOrEqual(MAX_EXAMPLE_CHARACTERS);
      expect(shown).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u);
      expect(exampleOf(schema)).toBe(shown);
    }),
  );
});
