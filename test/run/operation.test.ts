import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { JsonSchema, Performer } from "../../src/model/worker.ts";
import type { JsonValue } from "../../src/model/workflow.ts";
import { constantFindings } from "../../src/run/schema/constant-input.ts";
import { mergeSchemas } from "../../src/run/schema/merge-schemas.ts";
import { schemaErrors } from "../../src/run/schema/validate-output.ts";
import { operationNamed } from "../../src/run/state/performer.ts";
import { schemaOf } from "../../src/run/worker/delivery-schemas.ts";
import { runs } from "../rig/rules/runs.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const object = (required: readonly string[], properties: JsonSchema = {}): JsonSchema => ({
  type: "object",
  required: [...required],
  properties,
});
const brewing = object(["leaf"], { leaf: { type: "string" }, minutes: { type: "integer", maximum: 9 } });
const skill = (more: Partial<Performer> = {}): Performer => ({
  kind: "skill",
  name: "tea-maker",
  operations: [
    { id: "brew", name: "Brew tea", inputSchema: brewing, outputSchema: object(["pot"]) },
    { id: "clean", name: "Clean up" },
  ],
  ...more,
});
const desk = (config: object, more: Partial<Performer> = {}, parameters = {}) =>
  new Desk([agentStep("a", { skill: "tea-maker", ...config })], [], {
    performers: { "skill:tea-maker": [skill(more)] },
    parameters,
  });
const deliver = (given: Desk, output: JsonValue) => {
  const [assignment] = given.accept();
  return given.ask({ action: "complete", assignment: assignment!, output });
};

describe("the operation that a step asks for", () => {
  const operations = [
    { id: "brew", name: "Brew tea" },
    { id: "clean", name: "Clean up" },
  ];
  it("is the one that its action names, by id or name, or the only one", () => {
    expect(operationNamed(operations, "brew")?.id).toBe("brew");
    expect(operationNamed(operations, "Clean up")?.id).toBe("clean");
    expect(operationNamed(operations, "boil")).toBeUndefined();
    expect(operationNamed(operations, undefined)).toBeUndefined();
    expect(operationNamed(operations.slice(1), undefined)?.id).toBe("clean");
    expect(operationNamed(undefined, undefined)).toBeUndefined();
  });
});

describe("the input of an operation, when the step starts", () => {
  test("an input that does not fit fails the step, and no worker gets it", () => {
    const failed = desk({ action: "brew", input: { leaf: "{{parameters.leaf}}", minutes: 5 } }, {}, { leaf: 7 });
    expect(failed.step("a")).toMatchObject({
      status: "failed",
      error: {
        reason: "input_invalid",
        message:
          'the input does not fit the inputSchema of operation "brew" of skill "tea-maker": input.leaf: type "number" is invalid. Expected "string"',
        hint: "Correct the input of the step, or what it reads.",
      },
    });
    expect(desk({ action: "brew" }).step("a").error?.message).toContain('required property "leaf"');
  });

  test("an input that fits, an operation without a schema and an action that nobody declares are offered", () => {
    expect(desk({ action: "brew", input: { leaf: "assam" } }).step("a").status).toBe("ready");
    expect(desk({ action: "clean" }).step("a").status).toBe("ready");
    expect(desk({ action: "dance" }).step("a").status).toBe("ready");
    expect(desk({ action: "brew" }, { operations: undefined }).step("a").status).toBe("ready");
  });

  test("a step that states needs may go to any capability, so its input may be anything", () => {
    const performers = { "needs:tea": [skill({ kind: "agent", operations: skill().operations!.slice(0, 1) })] };
    expect(new Desk([agentStep("a", { needs: ["tea"] })], [], { performers }).step("a").status).toBe("ready");
  });

  test("the action may be known only then", () => {
    const config = { action: "{{parameters.what}}", input: {} };
    expect(desk(config, {}, { what: "brew" }).step("a").error?.reason).toBe("input_invalid");
    expect(desk(config, {}, { what: "clean" }).step("a").status).toBe("ready");
  });
});

describe("the output of an operation", () => {
  const input = { leaf: "assam" };

  test("must fit its schema", () => {
    const given = desk({ action: "brew", input });
    expect(deliver(given, { cup: 1 })).toEqual({
      reason: "output_invalid",
      message: 'the output of step "a" does not match its schema: output: does not have required property "pot"',
    });
    expect(deliver(desk({ action: "brew", input }), { pot: 1 })).toContain("step_completed a");
  });

  test("must fit the step's own schema, too", () => {
    const own = object(["cups"]);
    const config = { action: "brew", input, output: own };
    const refused = deliver(desk(config), {}) as { message: string };
    expect(refused.message).toContain('"cups"; output: does not have required property "pot"');
    expect(deliver(desk(config), { cups: 2, pot: 1 })).toContain("step_completed a");
    const shown = desk(config);
    expect(schemaOf(shown.plan, shown.state, 0, "tea-maker")).toEqual({
      type: "object",
      allOf: [own, object(["pot"])],
    });
  });

  test("comes before what the file declares for all operations", () => {
    const outputSchema = object(["all"]);
    expect(deliver(desk({ action: "brew", input }, { outputSchema }), { pot: 1 })).toContain("step_completed a");
    expect(deliver(desk({ action: "clean" }, { outputSchema }), {})).toMatchObject({ reason: "output_invalid" });
  });

  test("is that of an action which only a parameter names", () => {
    const config = { action: "{{parameters.what}}", input };
    expect(deliver(desk(config, {}, { what: "brew" }), {})).toMatchObject({ reason: "output_invalid" });
    expect(deliver(desk(config, {}, { what: "clean" }), {})).toContain("step_completed a");
  });

  test("is that of the fallback once it has taken over", () => {
    const fallback = [{ skill: "tea-maker", action: "brew" }];
    const given = new Desk([agentStep("a", { agent: "ag", fallback })], [], {
      performers: { "skill:tea-maker": [skill()] },
    });
    const [first] = given.accept();
    given.ask({ action: "fail", assignment: first!, reason: "no water" });
    const [second] = given.accept();
    expect(given.ask({ action: "complete", assignment: second!, output: {} })).toMatchObject({
      reason: "output_invalid",
    });
    expect(given.ask({ action: "complete", assignment: second!, output: { pot: 1 } })).toContain("step_completed a");
  });
});

describe("what is known of an input before its templates are filled in", () => {
  const names = (schema: JsonSchema, input?: JsonValue) => {
    const { missing, others } = constantFindings(schema, input);
    return [...missing, ...others.map(({ place, message }) => [...place, message].join(" "))];
  };

  it("is what it misses, and constants that do not fit", () => {
    expect(names(brewing)).toEqual(["leaf"]);
    expect(names(brewing, { minutes: 12 })).toEqual(["leaf", "minutes 12 is greater than 9"]);
    expect(names(brewing, { leaf: "{{x}}", minutes: "{{y}}" })).toEqual([]);
    expect(names(brewing, { leaf: "{{x}}", minutes: "soon" })).toEqual([
      'minutes type "string" is invalid. Expected "integer"',
    ]);
    expect(names(brewing, "{{x}}")).toEqual([]);
    expect(names(brewing, "tea")).toEqual(['type "string" is invalid. Expected "object"']);
    expect(names({ anyOf: [object(["a"]), object(["b"])] }, { c: "{{x}}" })).toEqual([]);
    expect(names({ properties: { a: { enum: [[1], [2]] } } }, { a: ["{{x}}"] })).toEqual([]);
    expect(names({ properties: { a: { minItems: 2 } } }, { a: ["{{x}}"] })).toEqual([
      "a Array has too few items (1 < 2)",
    ]);
    expect(names({ properties: { "a/b": { const: 1 } } }, { "a/b": "{{x}}", c: null })).toEqual([]);
    const endless = { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/a" } } };
    expect(names(endless, {})).toEqual([expect.stringContaining("the schema cannot be applied")]);
  });

  it("never refuses an input that some values of its templates make right", () => {
    const leaf = fc.oneof(
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom("x", true, null),
      fc.array(fc.nat(2), { maxLength: 2 }),
    );
    const one: fc.Arbitrary<object> = fc.oneof(
      fc.record({ type: fc.constantFrom("integer", "string", "array", "object", "null") }),
      fc.record({ enum: fc.array(leaf, { minLength: 1, maxLength: 3 }) }),
      fc.record({ minItems: fc.nat(2) }),
      fc.record({ minimum: fc.nat(3) }),
    );
    const two = fc.oneof(
      one,
      fc.record({ anyOf: fc.array(one, { minLength: 1, maxLength: 2 }) }),
      fc.record({ not: one }),
      fc.record({ items: one, uniqueItems: fc.boolean() }),
    );
    const schema = fc.record(
      {
        properties: fc.dictionary(fc.constantFrom("a", "b", "c"), two),
        required: fc.uniqueArray(fc.constantFrom("a", "b", "c")),
        additionalProperties: fc.boolean(),
        anyOf: fc.array(fc.record({ required: fc.uniqueArray(fc.constantFrom("a", "b")) }), {
          minLength: 1,
          maxLength: 2,
        }),
      },
      { requiredKeys: [] },
    );
    const input = fc.dictionary(fc.constantFrom("a", "b", "c"), leaf);
    fc.assert(
      fc.property(schema, input, fc.uniqueArray(fc.constantFrom("a", "b", "c")), (given, filled, hidden) => {
        fc.pre(schemaErrors(given as JsonSchema, filled as JsonValue).length === 0);
        const written = Object.fromEntries(
          Object.entries(filled).map(([key, value]) => [
            key,
            !(hidden as string[]).includes(key) ? value : Array.isArray(value) ? value.map(() => "{{x}}") : "{{x}}",
          ]),
        );
        expect(names(given as JsonSchema, written as JsonValue)).toEqual([]);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe("several schemas as one", () => {
  it("keeps what the references of each mean", () => {
    const list = { $id: "urn:list", $ref: "#/$defs/one", $defs: { one: { type: "array", default: { $ref: "#/x" } } } };
    expect(mergeSchemas([list, { minItems: 1 }])).toEqual({
      allOf: [
        { $ref: "#/allOf/0/$defs/one", $defs: { one: { type: "array", default: { $ref: "#/x" } } } },
        { minItems: 1 },
      ],
    });
    const merged = mergeSchemas([list, { minItems: 1, items: { $ref: "#/$defs/n" }, $defs: { n: { type: "null" } } }])!;
    expect(schemaErrors(merged, [null])).toEqual([]);
    expect(schemaErrors(merged, {})).not.toEqual([]);
    expect(schemaErrors(merged, [1])).not.toEqual([]);
    expect(mergeSchemas([])).toBeUndefined();
    expect(mergeSchemas([list])).toBe(list);
  });
});
