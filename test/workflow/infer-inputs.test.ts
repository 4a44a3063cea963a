import { describe, expect, it } from "vitest";
import { explainEdges } from "../../src/workflow/check/explain-edges.ts";
import { type DeclaredSchemas, inferInputs } from "../../src/workflow/check/infer-inputs.ts";
import { everyType, parsed } from "./command.ts";

const needs = (...required: string[]) => ({ type: "object", required });
const may = (...names: string[]) => ({ properties: Object.fromEntries(names.map((name) => [name, {}])) });
const gives = may;

/** A workflow of skills with inputs inferred from the schemas that the skills declare. */
function feed(steps: object[], declared: Record<string, DeclaredSchemas>, more: object = {}) {
  const { workflow } = parsed({ value: { name: "w", steps, ...more } }, { stepTypes: everyType });
  return inferInputs(workflow, ({ config }) => declared[config.skill as string], everyType);
}
const skill = (id: string, more: object = {}) => ({ id, skill: id, ...more });
const inputs = (fed: ReturnType<typeof feed>) =>
  fed.ok ? fed.value.workflow.steps.map(({ config }) => config.input) : fed.error.map(({ message }) => message);

describe("an input that inferInputs fills in", () => {
  it("an input is filled from the step whose declared output has that name", () => {
    const fed = feed([skill("a-b"), skill("c", { input: { own: 1 } }), skill("d")], {
      "a-b": { outputs: [undefined, gives("report", "page count")] },
      c: { input: needs("report", "own", "nobody has it"), outputs: [] },
      d: { input: needs("page count"), outputs: [] },
    });
    expect(inputs(fed)).toEqual([
      undefined,
      { own: 1, report: '{{steps["a-b"].output.report}}' },
      { "page count": '{{steps["a-b"].output["page count"]}}' },
    ]);
    if (!fed.ok) return;
    expect(explainEdges(fed.value.workflow, everyType, fed.value.inferred)).toEqual([
      { step: "c", after: "a-b", because: "needs report, which a-b gives" },
      { step: "d", after: "a-b", because: "needs page count, which a-b gives" },
    ]);
  });

  it("an input is filled from the step with that outputKey, or with that name in its own output schema", () => {
    const steps = [
      { id: "a", command: "true", outputKey: "x" },
      skill("b", { output: { type: "object", properties: { y: {} } } }),
      skill("c"),
    ];
    expect(inputs(feed(steps, { c: { input: needs("x", "y"), outputs: [] } }))).toEqual([
      undefined,
      undefined,
      { x: "{{steps.a.output}}", y: "{{steps.b.output.y}}" },
    ]);
  });

  it("an input that the workflow writes, whatever its value, is left alone", () => {
    const declared = { a: { outputs: [gives("x")] }, b: { input: needs("x"), outputs: [] } };
    for (const input of ["text", ["x"], { x: null }, null]) {
      const fed = feed([skill("a"), skill("b", { input })], declared);
      expect(inputs(fed)).toEqual([undefined, input]);
      expect(fed.ok && fed.value.inferred).toEqual([]);
    }
    for (const input of [undefined, 5, { required: 5, properties: [] }, { required: [5] }]) {
      expect(inputs(feed([skill("a"), skill("b")], { ...declared, b: { input, outputs: [5] } }))).toEqual([
        undefined,
        undefined,
      ]);
    }
  });

  it("several steps that give an input are refused, and the author must name one", () => {
    const declared = {
      a: { outputs: [gives("x")] },
      b: { outputs: [gives("x")] },
      c: { input: needs("x"), outputs: [gives("x")] },
    };
    const fed = feed([skill("a"), skill("b"), skill("c")], declared);
    expect(fed).toEqual({
      ok: false,
      error: [
        {
          severity: "error",
          code: "invalid_value",
          message: '"c" needs "x", and several steps provide it: "a", "b"',
          hint: 'Choose one, as in input: {x: "{{steps.a.output.x}}"}.',
          step: "c",
        },
      ],
    });
  });

  it("an optional input is filled only if exactly one step gives it and no cycle arises", () => {
    const optional = (outputs: unknown[]) => ({ input: may("x"), outputs });
    expect(inputs(feed([skill("a"), skill("b")], { a: { outputs: [gives("x")] }, b: optional([]) }))).toEqual([
      undefined,
      { x: "{{steps.a.output.x}}" },
    ]);
    const two = { a: { outputs: [gives("x")] }, b: { outputs: [gives("x")] }, c: optional([]) };
    expect(inputs(feed([skill("a"), skill("b"), skill("c")], two))).toEqual([undefined, undefined, undefined]);
    const mutual = { a: optional([gives("y")]), b: { input: needs("y"), outputs: [gives("x")] } };
    expect(inputs(feed([skill("a"), skill("b")], mutual))).toEqual([undefined, { y: "{{steps.a.output.y}}" }]);
  });

  it("an input from a later step is not inferred; a warning names the input and the step", () => {
    const fed = feed(
      [skill("a"), skill("b")],
      { a: { input: needs("x"), outputs: [] }, b: { outputs: [gives("x")] } },
      { dependencies: [{ from: "a", to: "b" }] },
    );
    expect(inputs(fed)).toEqual([undefined, undefined]);
    expect(fed.ok && fed.value.warnings).toEqual([
      {
        severity: "warning",
        code: "unknown_name",
        message: '"a" needs "x", but only "b" provides it, and runs later',
        hint: 'Set "x" in its input, or change the order.',
        step: "a",
      },
    ]);
  });
});

describe("inputs that need each other", () => {
  it("a cycle of inputs is reported step by step", () => {
    const fed = feed([skill("a"), skill("b")], {
      a: { input: needs("x"), outputs: [gives("y")] },
      b: { input: needs("y"), outputs: [gives("x")] },
    });
    expect(inputs(fed)).toEqual(["steps need each other: a needs x from b, which needs y from a"]);
    expect(!fed.ok && fed.error[0]).toMatchObject({ code: "cycle", step: "a" });
  });

  it("a cycle of an input and a dependency is reported with the dependency", () => {
    const fed = feed(
      [skill("a"), skill("b"), skill("c")],
      {
        a: { input: needs("x"), outputs: [gives("y")] },
        b: { outputs: [gives("x")] },
        c: { input: needs("y"), outputs: [] },
      },
      { dependencies: [{ from: "c", to: "b" }] },
    );
    expect(inputs(fed)).toEqual(["steps need each other: a needs x from b, which comes after c, which needs y from a"]);
  });
});
