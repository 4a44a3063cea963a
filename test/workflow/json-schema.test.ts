import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { schemaErrors } from "../../src/run/schema/validate-output.ts";
import { keywordErrors } from "../../src/workflow/schema/json-schema.ts";
import { runs } from "../rig/rules/runs.ts";

const told = (schema: unknown) => keywordErrors(schema).map(({ path, message }) => `${path.join(".")}: ${message}`);

describe("keywordErrors and schemaErrors", () => {
  test("keywordErrors accepts every keyword of JSON Schema, and unknown keywords", () => {
    expect(
      told({
        $id: "https://example.com/x",
        title: "a plan",
        type: ["object", "null"],
        required: ["a"],
        properties: {
          a: { type: "array", items: { $ref: "#/$defs/a~1b%20c" }, prefixItems: [{ const: 1 }, true], minItems: 0 },
          b: { enum: [1, "x", null], not: false, if: {}, else: {}, contains: { pattern: "^a$" } },
          n: { minimum: 0.5, exclusiveMaximum: 3, multipleOf: 0.1 },
          properties: { type: "string", format: "date", maxLength: 3 },
        },
        patternProperties: { "^x-": {} },
        additionalProperties: false,
        propertyNames: { minLength: 1 },
        $defs: { "a/b c": { $ref: "#" } },
        allOf: [{ anyOf: [{}] }, { oneOf: [true] }],
        dependentSchemas: { a: {} },
        unknown: 5,
      }),
    ).toEqual([]);
  });

  test.each<[unknown, string[]]>([
    [true, [": must be a JSON Schema, which is an object"]],
    [[], [": must be a JSON Schema, which is an object"]],
    ["plan", [": must be a JSON Schema, which is an object"]],
    [{ items: [{}] }, ["items: must be a JSON Schema, which is an object"]],
    [{ not: 5 }, ["not: must be a JSON Schema, which is an object"]],
    [{ anyOf: {} }, ["anyOf: must be a list of schemas"]],
    [{ allOf: [] }, ["allOf: must be a list of schemas"]],
    [{ oneOf: [{}, null] }, ["oneOf.1: must be a JSON Schema, which is an object"]],
    [{ properties: ["a"] }, ["properties: must be an object of schemas"]],
    [{ properties: { a: "string" } }, ["properties.a: must be a JSON Schema, which is an object"]],
    [
      { properties: { a: { type: "text" } } },
      ['properties.a.type: "text" is none of object, array, string, number, integer, boolean, null'],
    ],
    [{ type: ["string", 5] }, ["type: 5 is none of object, array, string, number, integer, boolean, null"]],
    [{ required: "a" }, ["required: must be a list of names"]],
    [{ required: ["a", 1] }, ["required: must be a list of names"]],
    [{ enum: "a" }, ["enum: must be a list of values"]],
    [{ pattern: "(" }, ["pattern: must be a regular expression"]],
    [{ pattern: 5 }, ["pattern: must be a regular expression"]],
    [{ patternProperties: { "(": {} } }, ["patternProperties.(: must be a regular expression"]],
    [
      { pattern: "^(a+)+$", patternProperties: { "(a|a)*": {} } },
      [
        "pattern: is a regular expression that repeats something that can match one text in many ways, so matching may never end",
        "patternProperties.(a|a)*: is a regular expression that repeats something that can match one text in many ways, so matching may never end",
      ],
    ],
    [{ $ref: "https://example.com/x" }, ['$ref: must begin with "#/": Baton reads no other document']],
    [{ $ref: 5 }, ['$ref: must begin with "#/": Baton reads no other document']],
    [{ $ref: "#name" }, ['$ref: must begin with "#/": Baton reads no other document']],
    [{ $ref: "#/$defs/a" }, ["$ref: there is no #/$defs/a in the schema"]],
    [{ $ref: "#/$defs/%zz", $defs: {} }, ["$ref: there is no #/$defs/%zz in the schema"]],
    [{ $id: 5, $anchor: {} }, ["$id: must be text", "$anchor: must be text"]],
    [{ $id: "http://[" }, [": cannot be applied: Invalid URL"]],
    [
      { properties: { a: { $id: "x" }, b: { $id: "x" } } },
      [': cannot be applied: Duplicate schema URI "https://github.com/x".'],
    ],
    [{ minimum: "1" }, ["minimum: must be a number"]],
    [{ minLength: -1, maxItems: 1.5 }, ["minLength: must be a whole number", "maxItems: must be a whole number"]],
  ])("keywordErrors refuses %j", (schema, faults) => {
    expect(told(schema)).toEqual(faults);
  });

  test("keywordErrors refuses a schema nested deeper than 64 levels", () => {
    let schema: object = {};
    for (let n = 0; n < 100; n++) schema = { not: schema };
    expect(told(schema)).toEqual([`${Array(65).fill("not").join(".")}: is nested deeper than 64 levels`]);
  });

  test("keywordErrors and schemaErrors return a list for any schema and any value", () => {
    const words = fc.constantFrom(
      ...["$id", "$ref", "$anchor", "$defs", "type", "items", "properties", "allOf", "pattern", "required", "enum"],
      ...[
        "$recursiveRef",
        "$dynamicRef",
        "dependentRequired",
        "format",
        "minimum",
        "patternProperties",
        "#",
        "#/",
        "%zz",
      ],
    );
    const { schema } = fc.letrec((tie) => ({
      schema: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(words, fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
        fc.dictionary(words, tie("schema"), { maxKeys: 4 }),
        fc.array(tie("schema"), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(schema, fc.jsonValue(), (schema, value) => {
        expect(Array.isArray(keywordErrors(schema))).toBe(true);
        if (typeof schema === "object" && schema !== null && !Array.isArray(schema))
          expect(Array.isArray(schemaErrors(schema as Record<string, unknown>, value as never))).toBe(true);
      }),
      { numRuns: runs(2_000) },
    );
  });

  test.each([
    { $id: "http://[" },
    { $ref: "#" },
    { properties: { a: { $id: "x" }, b: { $id: "x" } } },
    { patternProperties: { "(": {} } },
    { $ref: "#/nowhere" },
  ])("schemaErrors says why a schema cannot be applied: %j", (schema) => {
    expect(schemaErrors(schema, { a: 1 })).toEqual([expect.stringMatching(/^the schema cannot be applied: ./)]);
  });
});
