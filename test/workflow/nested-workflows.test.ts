import { expect, it } from "vitest";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import { err, ok } from "../../src/model/data/result.ts";
import { formatDiagnostic } from "../../src/model/diagnostic.ts";
import type { Step, Workflow } from "../../src/model/workflow.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";
import type { ParseOptions } from "../../src/workflow/parsed-workflow.ts";

const options = { stepTypes: stepSyntax, maxSteps: 100 };
const parse = (steps: readonly object[], more: Partial<ParseOptions> = {}) =>
  parseWorkflow({ value: { name: "w", steps } }, { ...options, ...more });
const mistakes = (steps: readonly object[], more: Partial<ParseOptions> = {}) => {
  const parsed = parse(steps, more);
  return parsed.ok ? [] : parsed.error.map(formatDiagnostic);
};
function workflow(steps: readonly object[], more: Partial<ParseOptions> = {}): Workflow {
  const parsed = parse(steps, more);
  if (!parsed.ok) throw new Error(parsed.error.map(formatDiagnostic).join("\n"));
  return parsed.value.workflow;
}

const sub = (command: string, more: object = {}) => ({ id: "s", workflow: { steps: [{ id: "a", command }] }, ...more });

it("a nested workflow reads only its own parameters, not those and the steps of the parent workflow", () => {
  expect(mistakes([sub("echo {{parameters.x}}", { parameters: { x: 1 } })], { parameters: {} })).toEqual([]);
  expect(
    mistakes([{ id: "b", command: "true" }, sub("echo {{steps.b.output}} {{parameters.y}}")], { parameters: { y: 1 } }),
  ).toEqual([
    expect.stringContaining('step "s", field "workflow": step "a": there is no step "b"'),
    expect.stringContaining('step "a": parameter "y" is used but has no value'),
  ]);
});

it("the step of a foreach reads outer steps, and the foreach waits for these steps", () => {
  const steps = [
    { id: "b", command: "true" },
    { id: "c", command: "true", outputKey: "key" },
    { id: "d", command: "true" },
    {
      id: "all",
      items: ["x"],
      step: { command: "echo {{item}} {{index}} {{steps.b.output}} {{key}} {{parameters.p}}" },
    },
  ];
  const made = workflow(steps);
  const plan = compilePlan(made, stepSyntax);
  const before = plan.edges.filter(({ to }) => to === 3).map(({ from }) => from);
  expect(before.sort()).toEqual([0, 1]);
  expect((made.steps[3]!.config.step as Step).config).toMatchObject({ command: expect.stringContaining("{{item}}") });
  const validated = parse(steps);
  expect(validated.ok && validated.value.needs.parameters).toEqual(["p"]);
});

it("a cycle through the step of a foreach is reported", () => {
  const [mistake] = mistakes([
    { id: "all", items: [1], step: { command: "echo {{steps.b.output}}" } },
    { id: "b", command: "echo {{steps.all.output}}" },
  ]);
  expect(mistake).toContain("steps wait for each other");
});

it('the name from "as" is known only in the step of the foreach', () => {
  expect(
    mistakes([{ id: "all", as: "city", items: [1], step: { command: "echo {{city}} {{item}}" } }], { parameters: {} }),
  ).toEqual([
    expect.stringContaining('step "all", field "step.command": "item" is neither an outputKey nor a parameter'),
  ]);
});

it("bindings come before parameters when a step is rendered", () => {
  const made = workflow([{ id: "a", command: "echo {{x}}", environment: { Y: "{{y}}" } }], {
    parameters: { x: 1, y: 2 },
  });
  const plan = compilePlan({ ...made, steps: [{ ...made.steps[0]!, bindings: { x: "bound" } }] }, stepSyntax);
  const facts = { parameters: { x: 1, y: 2 }, context: {}, step: () => ({ status: "pending" as const, attempt: 0 }) };
  const rendered = plan.render(0, facts);
  expect(rendered.ok && rendered.value).toMatchObject({
    values: { BATON_V1: "bound" },
    config: { environment: { Y: "2" } },
  });
});

it("a workflow file is read by readWorkflow; without readWorkflow a file is refused", () => {
  const step = { id: "s", file: "x.yaml" };
  expect(mistakes([step])).toEqual([
    'step "s", field "workflow": a workflow file cannot be read here. Give the workflow inline.',
  ]);
  const missing = { severity: "error", code: "file", message: "does not exist", at: { file: "x.yaml" } } as const;
  expect(mistakes([step], { readWorkflow: () => err(missing) })).toEqual([
    'step "s", field "workflow": x.yaml: does not exist',
  ]);
  const text = "steps:\n  - id: a\n    command: 'true'\n";
  const made = workflow([step], { readWorkflow: (file) => ok({ text, file }) });
  expect(made.steps[0]!.config.workflow).toMatchObject({ name: "x", steps: [{ id: "a" }] });
});

it("workflows nested deeper than 8 levels are refused, also a file that names itself", () => {
  const text = "steps: [{ id: a, file: self.yaml }]";
  const [mistake] = mistakes([{ id: "s", file: "self.yaml" }], { readWorkflow: (file) => ok({ text, file }) });
  expect(mistake).toContain("workflows are nested deeper than 8 levels");
});

it("a foreach step reports the parameters that its step needs", () => {
  const parsed = parse([{ id: "all", items: "[1]", step: { command: "echo {{Item}}" } }]);
  expect(parsed.ok && parsed.value.needs.parameters).toEqual(["Item"]);
});

it.each([
  [
    { id: "s", type: "workflow" },
    "a workflow step has either workflow or file. Give workflow (an object with steps) or file",
  ],
  [
    { id: "s", workflow: { steps: [{ id: "a", command: "true" }] }, file: "x" },
    "a workflow step has either workflow or file",
  ],
  [{ id: "s", workflow: 3 }, 'field "workflow": must be an object'],
  [{ id: "s", items: [1], step: 3 }, 'field "step": must be an object'],
  [
    { id: "s", items: [1], step: { command: "true", condition: "always" } },
    "the step of a foreach has no condition of its own",
  ],
  [{ id: "s", items: [1], as: "1x", step: { command: "true" } }, 'field "as"'],
  [{ id: "s", type: "wait", duration: 1, file: "x" }, "a wait has one of duration, until, file, check"],
])("a step with mistakes in its nested workflow, foreach or wait is refused: %j", (step, message) => {
  expect(mistakes([step], { readWorkflow: () => ok({ value: {} }) }).join("\n")).toContain(message);
});

it("a nested workflow may declare parameters, which are filled in when it starts", () => {
  const inner = {
    parameters: { n: { type: "integer", default: 1 } },
    steps: [{ id: "a", command: "echo {{parameters.n}}" }],
  };
  expect(
    mistakes([{ id: "s", workflow: inner, parameters: { n: "{{parameters.m}}" } }], { parameters: { m: 2 } }),
  ).toEqual([]);
  expect(mistakes([{ id: "s", workflow: inner }], { parameters: {} })).toEqual([]);
  const validated = parse([{ id: "s", workflow: inner }]);
  expect(validated.ok && validated.value.needs.parameters).toEqual([]);
});
