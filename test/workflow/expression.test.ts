import { describe, expect, it } from "vitest";
import type { StepFacts } from "../../src/model/plan.ts";
import type { JsonObject, JsonValue } from "../../src/model/workflow.ts";
import {
  compileExpression,
  evaluate,
  findMisreadPath,
  isReservedName,
  stepPath,
} from "../../src/workflow/expression/expression.ts";
import { factsOf, planOf } from "./command.ts";

const plan = planOf({
  build: { outputKey: "artifact" },
  "build-api": {},
  in: {},
  skipped: { outputKey: "gone" },
  text: {},
});
const names = {
  indexOf: plan.indexOf,
  outputKeys: new Map([
    ["artifact", 0],
    ["gone", 3],
  ]),
};
const steps: Record<string, Partial<StepFacts>> = {
  build: { output: { path: "a.tgz", size: 3, constructor: 7 }, exitCode: 0, duration: 12 },
  "build-api": { output: "done" },
  in: { output: "yes" },
  skipped: { status: "skipped", attempt: 0 },
  text: { output: "line" },
};
const given: { parameters: JsonObject; context: JsonObject } = {
  parameters: { n: 2, f: 1.5, big: 2 ** 60, name: "x", l: [1, 2, 3], constructor: "own", "a-b": 1, nil: null },
  context: JSON.parse('{"env": {"region": "eu"}, "__proto__": {"x": 1}}'),
};

function value(text: string): JsonValue {
  const result = run(text);
  if ("message" in result) throw new Error(result.message);
  return result.value;
}

function run(text: string) {
  const expression = compileExpression(text);
  if (!expression.ok) return expression.error;
  const result = evaluate(expression.value, factsOf(plan, steps, given), names);
  return result.ok ? { value: result.value } : result.error;
}

describe("values of expressions", () => {
  it.each<[string, JsonValue]>([
    ["parameters.n + 1", 3],
    ["n * f", 3],
    ["n + 0.5", 2.5],
    ["0.5 - n", -1.5],
    ["n / 4.0", 0.5],
    ["n % 1.5", 0.5],
    ["1 == 1.0 && n < 2.5 && 1.0 != 2", true],
    ["parameters.l[1]", 2],
    ["l.map(x, x + 1)", [2, 3, 4]],
    ["l.exists(x, x > 2) && l.filter(y, y > 1).size() == 2", true],
    ["cel.bind(z, n, z + z)", 4],
    ["artifact.path", "a.tgz"],
    ["artifact.constructor", 7],
    ["artifact", { path: "a.tgz", size: 3, constructor: 7 }],
    ["parameters.constructor", "own"],
    ["constructor", "own"],
    ["context.__proto__.x", 1],
    ['parameters["a-b"]', 1],
    ['parameters[name + "" == "x" ? "n" : "f"]', 2],
    ["steps.build.status + string(steps.build.exitCode)", "completed0"],
    ['steps["build-api"].output', "done"],
    ['steps["in"].output', "yes"],
    ["steps.build.attempt + steps.build.duration", 13],
    ['steps.skipped.?output.orValue("none")', "none"],
    ["has(steps.skipped.output)", false],
    ["has(parameters.absent)", false],
    ["steps.skipped.?output", null],
    ["steps.build.?output", { path: "a.tgz", size: 3, constructor: 7 }],
    ["steps.?skipped.?output.orValue(1)", 1],
    ['"n" in parameters', true],
    ["parameters.nil", null],
    ["parameters.big", 2 ** 60],
    ["9007199254740993", "9007199254740993"],
    ["7u", 7],
    ['timestamp("2024-01-01T00:00:00Z")', "2024-01-01T00:00:00.000Z"],
    ['duration("90s")', "90s"],
    ['[1, "a", {"k": 1.5}]', [1, "a", { k: 1.5 }]],
    ["!true ? 1 : -n", -2],
  ])("%s", (text, expected) => expect(value(text)).toEqual(expected));

  it("keys such as __proto__ are own properties of the value", () => {
    expect(Object.keys(value("context") as object)).toEqual(["env", "__proto__"]);
  });
});

describe("expressions that fail on their data", () => {
  it.each([
    [
      "steps.skipped.output",
      'step "skipped" has no output: it is skipped, in "steps.skipped.output"',
      'Write steps.skipped.?output.orValue("…") to set a value for that case.',
    ],
    [
      '1 + steps["skipped"].output',
      'step "skipped" has no output: it is skipped, in "1 + steps["skipped"].output"',
      'Write steps.skipped.?output.orValue("…") to set a value for that case.',
    ],
    [
      "gone + 1",
      '"gone" is the output of step "skipped", which is skipped and has none, in "gone + 1"',
      'Write steps.skipped.?output.orValue("…") to set a value for that case.',
    ],
    [
      "context.env.zone",
      'no such key: zone, at character 13 of "context.env.zone"',
      'If the field can be missing, write .?name.orValue("…").',
    ],
    [
      "steps.text.output.name",
      'no such key: name, at character 19 of "steps.text.output.name"',
      'If the field can be missing, write .?name.orValue("…").',
    ],
    ["toString", 'unknown variable: toString, at character 1 of "toString"', undefined],
    [
      "steps.nobody.output",
      'no such key: nobody, at character 7 of "steps.nobody.output"',
      'If the field can be missing, write .?name.orValue("…").',
    ],
    [
      "name + n",
      'no such overload: string + int, at character 1 of "name + n"',
      "To join text and other values, convert them with string(…).",
    ],
    ["n / 0", 'division by zero, at character 1 of "n / 0"', undefined],
    ["1.0 / 0.0", 'the result is Infinity, which is not a number in JSON, in "1.0 / 0.0"', undefined],
    ['[b"x"]', 'the result is bytes, which JSON cannot hold, in "[b"x"]"', undefined],
    [
      '{"a": type(1)}',
      'the result is a type of the expression language (a parameter of that name is read as parameters.<name>), in "{"a": type(1)}"',
      undefined,
    ],
  ])("the expression fails: %s", (text, message, hint) =>
    expect(run(text)).toEqual(hint === undefined ? { message } : { message, hint }),
  );

  it("an error inside the expression library, or too deep data, is returned and not thrown", () => {
    expect(run('timestamp("2024-01-01T00:00:00Z").getHours("Nowhere")')).toEqual({
      message: 'invalid time zone specified: Nowhere, in "timestamp("2024-01-01T00:00:00Z").getHours("Nowhere")"',
    });
    const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`) as JsonValue;
    const expression = compileExpression("parameters.x");
    if (!expression.ok) throw new Error(expression.error.message);
    const result = evaluate(expression.value, factsOf(plan, steps, { parameters: { x: deep } }), names);
    expect(result).toEqual({ ok: false, error: { message: 'too deeply nested, in "parameters.x"' } });
  });
});

describe("compileExpression finds mistakes without data", () => {
  const fault = (text: string) => {
    const expression = compileExpression(text);
    return expression.ok ? undefined : expression.error;
  };
  it.each([
    ["1 +", 'the expression ends too early, in "1 +"', undefined],
    ["a b", `unexpected character: 'b', at character 3 of "a b"`, undefined],
    ["foo(1)", `found no matching overload for 'foo(int)', at character 1 of "foo(1)"`, undefined],
    [
      '"a" + 1',
      'no such overload: string + int, at character 1 of ""a" + 1"',
      "To join text and other values, convert them with string(…).",
    ],
    [
      "steps.in.output",
      'expected IDENTIFIER, got IN, at character 7 of "steps.in.output"',
      'Write steps["in"]: only plain words can follow a dot.',
    ],
    ["steps", '"steps" cannot be read as a whole, in "steps"', 'Name the step, as in steps["build"].output.'],
    [
      "steps[name].output",
      'the id of the step is computed, so Baton cannot know the order of the steps, in "steps[name].output"',
      'Write its id, as in steps["build"].output.',
    ],
  ])("compileExpression refuses %s", (text, message, hint) =>
    expect(fault(text)).toEqual(hint === undefined ? { message } : { message, hint }),
  );

  it("a deep or long expression is refused and does not overflow the stack", () => {
    expect(fault(`${"!".repeat(15_000)}x`)?.message).toMatch(/^(too deeply nested|exceeded)/);
    expect(fault(`x${" + x".repeat(4_999)}`)?.message).toMatch(/^exceeded maxAstNodes/);
    expect(fault("x".repeat(20_001))).toEqual({ message: "the expression is longer than 20,000 characters" });
  });
});

describe("references of an expression", () => {
  const reads = (text: string) => {
    const expression = compileExpression(text);
    if (!expression.ok) throw new Error(expression.error.message);
    const { names, steps, parameters, context } = expression.value.references;
    return [[...names], [...steps], [...parameters], [...context]].map((list) => list.sort());
  };
  it.each([
    ["a + b.c[d]", [["a", "b", "d"], [], [], []]],
    ['steps.a.output + steps["b-c"].exitCode + steps.?d.?output.orValue(0)', [[], ["a", "b-c", "d"], [], []]],
    ['parameters.a + parameters["b"] + context.c.d', [[], [], ["a", "b"], ["c"]]],
    ['parameters.?a.orValue(1) + context[?"b"].orValue(2)', [[], [], [], []]],
    ["has(parameters.a) && has(steps.s.output)", [[], ["s"], [], []]],
    ["parameters[k] + context[l]", [["k", "l"], [], [], []]],
    ["l.map(x, x + y).all(z, z > x)", [["l", "x", "y"], [], [], []]],
    ["l.map(steps, steps.a)", [["l"], [], [], []]],
    ["l.filter(x, l.exists(y, y == x))", [["l"], [], [], []]],
    ["cel.bind(v, v0, v + w)", [["v0", "w"], [], [], []]],
    ['text.startsWith(prefix) && text.split(",").size() > 0', [["prefix", "text"], [], [], []]],
    ['{k: v, "a": [e]}', [["e", "k", "v"], [], [], []]],
    ["!a || -b > 0 ? int(c) : size(d)", [["a", "b", "c", "d"], [], [], []]],
    ["type(1) == int", [[], [], [], []]],
  ])("the names, steps, parameters and context that are read: %s", (text, expected) =>
    expect(reads(text)).toEqual(expected),
  );
});

it("isReservedName knows the reserved names of the expression language", () => {
  expect(["always", "steps", "parameters", "context", "int", "cel", "type"].filter(isReservedName)).toHaveLength(7);
  expect(["build", "result", "constructor"].filter(isReservedName)).toEqual([]);
});

it("stepPath quotes a step id that is no plain word", () => {
  expect(["build", "build-api", "in", "v1.2", "1st"].map(stepPath)).toEqual([
    "steps.build",
    'steps["build-api"]',
    'steps["in"]',
    'steps["v1.2"]',
    'steps["1st"]',
  ]);
});

it("findMisreadPath finds a path with a name that needs quotes", () => {
  expect(findMisreadPath("1 + context.my-key")).toEqual({
    root: "context",
    name: "my-key",
    hint: 'Write context["my-key"]: only plain words can follow a dot.',
  });
  expect(findMisreadPath("steps.1st.output")?.name).toBe("1st");
  expect(findMisreadPath("steps.a.output - 1")).toBeUndefined();
});
