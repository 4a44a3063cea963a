import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../../src/model/worker.ts";
import type { JsonValue } from "../../../src/model/workflow.ts";
import { costRefusal, schemaSteps } from "../../../src/run/schema/schema-cost.ts";
import { schemaErrors } from "../../../src/run/schema/validate-output.ts";
import { keywordErrors } from "../../../src/workflow/schema/json-schema.ts";
import { runs } from "../../rig/rules/runs.ts";

/** Definitions, each of which refers twice to the next by a keyword. */
const doubling = (keyword: string, levels = 30): JsonSchema => ({
  $ref: "#/$defs/d0",
  $defs: Object.fromEntries(
    Array.from({ length: levels + 1 }, (_, at) => {
      const next = { $ref: `#/$defs/d${at + 1}` };
      return [`d${at}`, at === levels ? { type: "integer" } : { [keyword]: [next, next] }];
    }),
  ),
});

/** Nested lists, and a schema that applies itself twice to each. */
const nested = (levels: number): JsonValue => (levels === 0 ? 1 : [nested(levels - 1)]);
const twiceInto: JsonSchema = { allOf: [{ items: { $ref: "#" } }, { items: { $ref: "#" } }] };

const TOO_MANY = /^the schema cannot be applied: it would take more than 1,200,000 steps with this output$/;

describe("a schema above the step limit is not applied", () => {
  test.each(["allOf", "anyOf", "oneOf"])("a schema whose %s doubles thirty times is refused", (keyword) => {
    expect(keywordErrors(doubling(keyword))).toEqual([]);
    expect(schemaErrors(doubling(keyword), 1)).toEqual([expect.stringMatching(TOO_MANY)]);
    expect(schemaErrors(doubling(keyword, 3), 1)).toEqual(keyword === "oneOf" ? [expect.anything()] : []);
  });

  test("a schema that applies itself twice to each level of the output is refused", () => {
    expect(schemaErrors(twiceInto, nested(40))).toEqual([expect.stringMatching(TOO_MANY)]);
    expect(schemaErrors(twiceInto, nested(5))).toEqual([]);
  });

  test.each<[string, JsonSchema, JsonValue]>([
    ["uniqueItems of a long list", { uniqueItems: true }, Array.from({ length: 60_000 }, (_, at) => at)],
    ["uniqueItems of objects", { uniqueItems: true }, Array.from({ length: 4_000 }, (_, at) => ({ at, of: [at] }))],
    [
      "a long enum for each item",
      { items: { enum: Array.from({ length: 5_000 }, (_, at) => `value ${at}`) } },
      Array.from({ length: 1_000 }, () => "another"),
    ],
    ["one pattern on many texts", { items: { pattern: "a+b" } }, Array.from({ length: 50 }, () => "a".repeat(30_000))],
  ])("%s", (_, schema, value) => expect(schemaErrors(schema, value)).toEqual([expect.stringMatching(TOO_MANY)]));

  const refused: readonly (readonly [JsonSchema, string])[] = [
    [{ allOf: [{ $ref: "#" }] }, "it refers to itself endlessly"],
    [{ $recursiveRef: "#" }, "$recursiveRef is not read: write $ref"],
    [
      { $defs: { a: { $id: "http://x/y", $ref: "#" } }, $ref: "#/$defs/a" },
      "an $id inside it changes what its $ref means",
    ],
    [{ format: "url" }, 'checking its format "url" may never end: use "uri"'],
    [
      { pattern: "^(a+)+$" },
      "its pattern ^(a+)+$ repeats something that can match one text in many ways, so matching may never end",
    ],
    [{ enum: Array.from({ length: 20_001 }, (_, at) => at) }, "it has more than 20,000 parts"],
    [
      {
        $ref: "#/$defs/0",
        $defs: Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [at, { $ref: `#/$defs/${at + 1}` }])),
      },
      "its parts refer to each other too deeply",
    ],
  ];
  test.each(refused.map(([schema, why]) => [why, schema] as const))("a schema is refused because %s", (why, schema) =>
    expect(schemaErrors(schema, "a text")).toEqual([`the schema cannot be applied: ${why}`]),
  );

  test("a format is applied to at most 10,000 characters", () => {
    expect(schemaErrors({ format: "uri" }, "a".repeat(20_000))).toEqual([
      "output: is 20000 characters long; the format uri can be applied to 10000 at most",
    ]);
    expect(schemaErrors({ format: "date" }, "2026-01-31")).toEqual([]);
  });

  test("keywordErrors refuses a schema of more than 20,000 parts", () => {
    const schema = { enum: Array.from({ length: 20_001 }, (_, at) => at) };
    expect(keywordErrors(schema)).toEqual([{ path: [], message: "has more than 20,000 parts" }]);
    expect(keywordErrors({ $recursiveRef: "#" })).toEqual([
      { path: ["$recursiveRef"], message: "is not supported; write $ref" },
    ]);
  });
});

test("schemaErrors reports at most eight of thousands of mistakes", () => {
  const many = Array.from({ length: 50_000 }, () => "text");
  expect(schemaErrors({ type: "array", items: { type: "integer" } }, many)).toHaveLength(8);
});

test("an ordinary schema is applied to a large output", () => {
  const schema = {
    type: "array",
    items: { type: "object", required: ["id"], properties: { id: { type: "integer" }, name: { pattern: "^[a-z]+$" } } },
  };
  const value = Array.from({ length: 10_000 }, (_, id) => ({ id, name: "name" }));
  expect(costRefusal(schema, value)).toBeUndefined();
  expect(schemaErrors(schema, value)).toEqual([]);
});

const schemas = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom({}, { type: "integer" }, { $ref: "#" }, { $ref: "#/$defs/a" }, { uniqueItems: true }),
    fc.record(
      {
        allOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }),
        anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }),
        items: tie("schema"),
        not: tie("schema"),
        additionalProperties: tie("schema"),
      },
      { requiredKeys: [] },
    ),
  ),
})).schema as fc.Arbitrary<JsonSchema>;

test("the library applies at most as many schemas as schemaSteps counts", () => {
  let all = 0;
  fc.assert(
    fc.property(schemas, schemas, fc.jsonValue({ maxDepth: 8 }), (schema, definition, value) => {
      let visits = 0;
      const counting = <T extends object>(one: T): T =>
        new Proxy(one, {
          // The library reads each keyword of every schema that it applies. This one counts the schemas.
          get(target, key) {
            if (key === "multipleOf") visits++;
            return Reflect.get(target, key);
          },
        });
      const counted = (one: unknown): unknown => {
        if (Array.isArray(one)) return one.map(counted);
        if (typeof one !== "object" || one === null) return one;
        return counting(Object.fromEntries(Object.entries(one).map(([key, part]) => [key, counted(part)])));
      };
      const plain: JsonSchema = { ...schema, $defs: { a: definition } };
      const work = schemaSteps(plain, value as JsonValue);
      const told = schemaErrors(counted(plain) as JsonSchema, value as JsonValue);
      expect(told.every((one) => one.length > 0)).toBe(true);
      expect(visits).toBeLessThanOrEqual(work.ok ? work.value : 0);
      all += visits;
    }),
    { numRuns: runs(300) },
  );
  expect(all).toBeGreaterThan(0);
});

test("an invalid $ref is reported as a mistake in the schema", () => {
  expect(schemaErrors({ $ref: "#/%E0%A4%A" }, 1)).toEqual([expect.stringMatching(/^the schema cannot be applied: ./)]);
});
