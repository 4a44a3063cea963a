import { describe, expect, it } from "vitest";
import { formatDiagnostic } from "../../src/model/diagnostic.ts";
import { bump, compareVersions, selectVersion } from "../../src/model/version.ts";
import type { JsonObject } from "../../src/model/workflow.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";
import { command } from "./command.ts";

const DECLARED = {
  repository: { type: "string", description: "Where the code is", pattern: "^[a-z/-]+$" },
  branch: { default: "main", description: "What is built." },
  environment: { enum: ["staging", "production"] },
  count: "integer",
  ratio: { type: "number", default: 0.5 },
  loud: { type: "boolean", required: false },
  suites: { default: ["unit"] },
  labels: { type: "object", default: {} },
};

const flow = (parameters: object, text = "true") => ({ name: "x", parameters, steps: [{ id: "a", command: text }] });
const options = { stepTypes: [command], maxSteps: 100 };

function read(value: unknown, given?: JsonObject) {
  const parsed = parseWorkflow({ value }, { ...options, ...(given && { parameters: given, context: {} }) });
  return parsed.ok ? parsed.value : parsed.error.map(formatDiagnostic);
}

describe("declared parameters", () => {
  it("declared parameters get their defaults, and text is read as the declared type", () => {
    const given = { repository: "our/site", environment: "staging", count: "3", loud: "true", suites: '["e2e"]' };
    expect(read(flow(DECLARED), given)).toMatchObject({
      parameters: {
        ...{ repository: "our/site", branch: "main", environment: "staging", count: 3, ratio: 0.5 },
        ...{ loud: true, suites: ["e2e"], labels: {} },
      },
    });
    expect(read(flow(DECLARED), { repository: "a", environment: "production", count: 2, ratio: 1 })).toMatchObject({
      parameters: { count: 2, ratio: 1 },
    });
  });

  it("all wrong parameters are refused at once, each with its allowed values", () => {
    const given = { repositry: "a", environment: "prod", count: "many", ratio: "half", loud: "yes", suites: "unit" };
    expect(read(flow(DECLARED), { ...given, labels: [] })).toEqual([
      'field "parameters.repository": is missing. Where the code is. It may be text that matches ^[a-z/-]+$.',
      'field "parameters.environment": must be one of "staging", "production", not "prod". It may be one of "staging", "production".',
      'field "parameters.count": must be a whole number, not "many". It may be a whole number.',
      'field "parameters.ratio": must be a number, not "half". It may be a number.',
      'field "parameters.loud": must be true or false, not "yes". It may be true or false.',
      'field "parameters.suites": must be a list, not "unit". It may be a list.',
      'field "parameters.labels": must be an object, not []. It may be an object.',
      'field "parameters.repositry": the workflow has no such parameter. Did you mean "repository"? Its parameters: repository, branch, environment, count, ratio, loud, suites, labels.',
    ]);
    const pattern = read(flow({ repository: DECLARED.repository }), { repository: "A b" });
    expect(pattern).toEqual([expect.stringContaining('must match ^[a-z/-]+$, not "A b". Where the code is.')]);
    const long = read(flow({ r: { pattern: "a+b" } }), { r: "a".repeat(40_000) });
    expect(long).toEqual([
      expect.stringContaining("is longer than 31622 characters, the longest text to which a+b can be applied"),
    ]);
    expect(read(flow({ n: "number" }), { n: "1e999" })).toHaveLength(1);
    expect(read(flow({ n: "integer" }), { n: "12345678901234567890" })).toHaveLength(1);
    expect(read(flow({ n: "string" }), { n: 3 })).toEqual([expect.stringContaining("must be text, not 3")]);
    expect(read(flow({}), { n: 3 })).toEqual([expect.stringContaining("It takes none.")]);
  });

  it("a missing parameter is reported once, not again for each expression that reads the parameter", () => {
    expect(read(flow({ who: "string" }, "echo {{who}} {{parameters.who}}"), {})).toEqual([
      'field "parameters.who": is missing. It may be text.',
    ]);
  });

  it("an array parameter with enum or pattern checks each item", () => {
    const parameters = {
      where: { type: "array", enum: ["staging", "production"] },
      services: { type: "array", pattern: "^[a-z]+$" },
    };
    expect(read(flow(parameters), { where: ["production"], services: [] })).toMatchObject({
      parameters: { services: [] },
    });
    expect(read(flow(parameters), { where: ["production", "prod"], services: ["a", 1] })).toEqual([
      'field "parameters.where": must contain only "staging", "production", not "prod". It may be a list of "staging", "production".',
      'field "parameters.services": must contain only text that matches ^[a-z]+$, not 1. It may be a list of text that matches ^[a-z]+$.',
    ]);
  });

  it("an optional parameter that is absent is refused where an expression reads its name without .?", () => {
    const declared = { who: { required: false } };
    expect(read(flow(declared, "echo {{parameters.?who.orValue('x')}}"), {})).toMatchObject({ parameters: {} });
    expect(read(flow(declared, "echo {{parameters.who}}"), { who: null })).toEqual([
      expect.stringContaining('"who" is used but has no value'),
    ]);
  });

  it("expressions may read only declared parameters, which is checked without values", () => {
    expect(read(flow({ who: "string", other: { default: 1 } }, "echo {{who}} {{parameters.who}}"))).toMatchObject({
      needs: { parameters: ["who"] },
      workflow: {
        parameters: [
          { name: "who", type: "string", required: true },
          { name: "other", type: "number" },
        ],
      },
    });
    const wrong = read(flow({ whom: "string" }, "echo {{who}} {{parameters.who}} {{parameters.zzzzzz}}"));
    expect(wrong).toEqual([
      expect.stringContaining('"who" is neither an outputKey nor a parameter, in "who". Did you mean "whom"?'),
      expect.stringContaining('parameter "who" is used but not declared'),
      expect.stringContaining('Declare it under "parameters".'),
    ]);
    const value = { ...flow({ key: "string" }), steps: [{ id: "a", command: "true", outputKey: "key" }] };
    expect(read(value)).toEqual([expect.stringContaining('outputKey "key" is also the name of a parameter')]);
  });

  it.each<[unknown, string]>([
    ["strnig", 'declares neither a type nor anything else about the parameter. Did you mean "string"?'],
    [4, "declares neither a type nor anything else about the parameter. Write its type (string, "],
    [{ typ: "string" }, 'unknown field "typ". Did you mean "type"?'],
    [{ type: "text" }, 'field "parameters.p.type": must be one of "string"'],
    [{ default: "a", required: true }, "is required, so its default would never be used"],
    [{ type: "integer", default: "a" }, 'field "parameters.p.default": must be a whole number, not "a"'],
    [{ enum: ["a", 1] }, 'field "parameters.p.enum": must be text, not 1'],
    [{ enum: [] }, "must not be empty"],
    [{ enum: ["a"], default: "b" }, 'must be one of "a", not "b"'],
    [{ pattern: "(" }, 'field "parameters.p.pattern": Invalid regular expression'],
    [{ pattern: "(a+)+$" }, "the regular expression repeats something that can match one text in many ways"],
    [{ type: "integer", pattern: "1" }, "only text can match a pattern"],
    [
      { enum: ["here"], confirm: ["there"] },
      'asks for confirmation of a value that the parameter cannot have: must be one of "here", not "there"',
    ],
    [{ type: "array", enum: ["a"], confirm: ["b"] }, 'cannot have: must contain only "a", not "b"'],
    [{ confirm: [] }, 'field "parameters.p.confirm"'],
  ])("the parameter declaration %j is refused at its field", (declared, expected) => {
    expect(read(flow({ p: declared }))).toEqual([expect.stringContaining(expected)]);
    expect(read(flow({ p: declared }), { p: "x" })).toHaveLength(1);
  });

  it("a parameter name must be one that expressions can read", () => {
    expect(read(flow({ "a b": "string" }))).toEqual([expect.stringContaining('"a b" is not the name of a parameter')]);
    expect(read({ ...flow({}), parameters: ["a"] })).toEqual([expect.stringContaining("must be an object")]);
    expect(read(flow({ constructor: "string" }), { constructor: "x" })).toMatchObject({
      parameters: { constructor: "x" },
    });
  });

  it("parameters are declared inside the workflow; a declaration beside the workflow is refused", () => {
    expect(read({ workflow: flow({}), parameters: {} })).toEqual([
      expect.stringContaining("Declare parameters inside the workflow, and pass their values when you run it."),
    ]);
  });

  it("a workflow without declared parameters takes any parameters", () => {
    const value = { name: "x", steps: [{ id: "a", command: "echo {{parameters.any}}" }] };
    expect(read(value, { any: 1, more: 2 })).toMatchObject({ parameters: { any: 1, more: 2 } });
    expect(read(value)).toMatchObject({ needs: { parameters: ["any"] } });
  });
});

it("the version of a workflow must be three numbers", () => {
  expect(read({ ...flow({}), version: "1.2.0" })).toMatchObject({ workflow: { version: "1.2.0" } });
  expect(read({ ...flow({}), version: "1.2" })).toEqual(['field "version": must be three numbers, as in 1.2.0']);
  expect(read({ ...flow({}), version: 1.2 })).toEqual([expect.stringContaining("must be text, not the number 1.2")]);
});

it("compareVersions orders as semantic versioning does; selectVersion takes a prefix; bump raises a part", () => {
  const order = [
    "0.9.0",
    "1.0.0-1",
    "1.0.0-a.1",
    "1.0.0-a.2",
    "1.0.0-a.b",
    "1.0.0-a.b.c",
    "1.0.0",
    "1.2.0",
    "1.10.0",
    "2.0.0-rc.1",
  ];
  for (const [at, left] of order.entries())
    for (const [other, right] of order.entries())
      expect(Math.sign(compareVersions(left, right)), `${left} ${right}`).toBe(Math.sign(at - other));
  expect(selectVersion(order, undefined)).toBe("1.10.0");
  expect(selectVersion(order, "1")).toBe("1.10.0");
  expect(selectVersion(order, "1.2")).toBe("1.2.0");
  expect(selectVersion(order, "2")).toBe("2.0.0-rc.1");
  expect(selectVersion(order, "1.0.0-a.1")).toBe("1.0.0-a.1");
  expect(selectVersion(order, "3")).toBeUndefined();
  expect(selectVersion(order, "1.2.1")).toBeUndefined();
  expect([bump("1.2.3", "major"), bump("1.2.3", "minor"), bump("1.2.3-rc.1", "patch")]).toEqual([
    "2.0.0",
    "1.3.0",
    "1.2.4",
  ]);
});
