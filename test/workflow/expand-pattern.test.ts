import { describe, expect, test } from "vitest";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import { formatDiagnostic } from "../../src/model/diagnostic.ts";
import type { JsonValue, Step } from "../../src/model/workflow.ts";
import { requestedPerformers } from "../../src/run/state/performer.ts";
import { explainEdges } from "../../src/workflow/check/explain-edges.ts";
import { drawText, mermaid } from "../../src/workflow/draw/drawing.ts";
import { type ExpansionScope, type ExpansionSource, expandPattern } from "../../src/workflow/expand-pattern.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";
import type { ParseOptions } from "../../src/workflow/parsed-workflow.ts";

const options = { stepTypes: stepSyntax, maxSteps: 100 };
const base = [
  { id: "plan", agent: "planner", outputKey: "plan" },
  { id: "config", command: "true" },
];
const build = (step: object, more: object = {}) => ({
  id: "build",
  type: "grow",
  from: "{{plan.steps}}",
  step,
  ...more,
});
const parse = (step: object, more: object = {}, given: Partial<ParseOptions> = {}) =>
  parseWorkflow({ value: { name: "w", steps: [...base, build(step, more)] } }, { ...options, ...given });
function mistakes(step: object, more: object = {}, given: Partial<ParseOptions> = {}): string[] {
  const parsed = parse(step, more, given);
  return parsed.ok ? [] : parsed.error.map(formatDiagnostic);
}
function workflow(step: object, more: object = {}) {
  const parsed = parse(step, more);
  if (!parsed.ok) throw new Error(parsed.error.map(formatDiagnostic).join("\n"));
  return parsed.value.workflow;
}
const PATTERN = {
  id: "{{item.id}}",
  dependsOn: "{{item.dependsOn}}",
  name: "{{item.title}}",
  agent: "builder",
  prompt: "Build {{item.title}} as {{steps.config.output}} says",
  verify: "{{item.verify}}",
};

/** The steps that expandPattern makes of the elements; the pattern is parsed first. */
function expandElements(
  step: object,
  from: JsonValue,
  source: Partial<ExpansionSource> = {},
  more: Partial<ExpansionScope> = {},
) {
  const made = workflow(step, source.as === undefined ? {} : { as: source.as });
  const { written } = made.steps[2]!.config as { written: ExpansionSource["written"] };
  const scope = {
    definitionSteps: made.steps,
    parameters: { p: 1 },
    context: { c: 2 },
    stepTypes: stepSyntax,
    maxSteps: 100,
    ...more,
  };
  return expandPattern(from, { id: "build", written, as: "item", inOrder: false, max: 100, ...source }, scope);
}

describe("a grow step", () => {
  test("the pattern of a grow step is checked, and the step waits for what its pattern reads", () => {
    expect(mistakes(PATTERN)).toEqual([]);
    const made = workflow(PATTERN);
    const plan = compilePlan(made, stepSyntax);
    expect(
      plan.edges
        .filter(({ to }) => to === 2)
        .map(({ from }) => from)
        .sort(),
    ).toEqual([0, 1]);
    expect(made.steps[2]!.config).toMatchObject({
      step: { type: "agent", config: { agent: "builder" } },
      written: PATTERN,
    });
    expect([...requestedPerformers(plan).keys()]).toEqual(["agent:planner", "agent:builder"]);
  });

  test("every mistake in the pattern of a grow step is reported with its field", () => {
    expect(
      mistakes(
        { ...PATTERN, name: "{{steps.config.output}}", input: "{{items}}", promt: "x", verify: "{{item.}}" },
        {},
        { parameters: {} },
      ),
    ).toEqual([
      expect.stringContaining('step "build", field "step.promt": unknown field "promt". Did you mean "prompt"?'),
      expect.stringContaining('field "step.input": "items" is neither an outputKey nor a parameter'),
      expect.stringMatching(/field "step.name": there is no step "config" that can be read here.*When the step grows/),
      expect.stringContaining('field "step.verify": '),
    ]);
    expect(
      mistakes({ command: "true", condition: "always", outputKey: "o", parallel: true }).map(
        (mistake) => mistake.split(". ")[0],
      ),
    ).toEqual([
      'step "build", field "step.condition": the pattern of a grow step has no condition',
      'step "build", field "step.outputKey": the pattern of a grow step has no outputKey',
      'step "build", field "step.parallel": the pattern of a grow step has no parallel',
    ]);
    expect(mistakes({ type: "grow", from: [], step: { command: "true" } }).join()).toContain(
      "the pattern of a grow step cannot be a grow step",
    );
    expect(mistakes({ file: "x.yaml" }).join()).toContain("the pattern of a grow step cannot name a workflow file");
    expect(mistakes({ command: "true" }, { max: 1_001 }).join()).toContain("max");
    const within = { type: "foreach", items: [1], step: { type: "grow", from: [], step: { command: "true" } } };
    expect(mistakes(within).join()).toContain("a foreach cannot contain a grow step");
  });

  test('"as" of a grow step cannot be the outputKey of another step', () => {
    expect(mistakes(PATTERN, { as: "plan" })).toEqual([
      expect.stringContaining(
        'field "step": "plan", the name of the element here, is also the outputKey of step "plan"',
      ),
    ]);
  });

  test("a grow step needs the parameters that its pattern reads", () => {
    const parsed = parse({ agent: "{{parameters.who}}", prompt: "{{parameters.what}} {{item.x}} {{index}}" });
    expect(parsed.ok && parsed.value.needs.parameters).toEqual(["what", "who"]);
  });

  test("the pattern of a grow step may take its agent from the element", () => {
    const made = workflow({ agent: "{{item.agent}}" });
    expect((made.steps[2]!.config.step as Step).config).toEqual({ agent: "{{item.agent}}" });
    expect([...requestedPerformers(compilePlan(made, stepSyntax)).keys()]).toEqual(["agent:planner"]);
  });

  test("drawText, mermaid and explainEdges show a grow step", () => {
    const made = workflow(PATTERN);
    const plan = compilePlan(made, stepSyntax);
    const drawn = drawText(plan);
    expect(drawn.ok && drawn.value).toContain(
      "build  · reads its result · also after plan (reads its result) · others grow from it",
    );
    const flow = mermaid(plan);
    expect(flow.ok && flow.value).toContain('s2[["build"]]');
    expect(explainEdges(made, stepSyntax)).toContainEqual({
      step: "build",
      after: "config",
      because: "reads {{steps.config.output}}",
    });
  });
});

describe("steps that expandPattern makes", () => {
  const plan = [
    { id: "a", title: "A", verify: "test -e a" },
    { id: "b", title: "B", verify: ["x", { file: "b" }], dependsOn: ["a"] },
    { id: 3, title: "C", verify: "docker ps --format '{{.ID}}'", dependsOn: null },
  ];

  test("expandPattern makes one step of each element, with dependsOn and verify", () => {
    const { steps, dependencies, problems } = expandElements(PATTERN, plan);
    expect(problems).toEqual([]);
    expect(steps).toMatchObject([
      {
        id: "a",
        name: "A",
        type: "agent",
        config: { agent: "builder", prompt: PATTERN.prompt, verify: [{ command: "test -e a" }] },
        bindings: { item: plan[0], index: 0 },
      },
      { id: "b", config: { verify: [{ command: "x" }, { file: "b" }] }, bindings: { index: 1 } },
      { id: "3", config: { verify: [{ command: "docker ps --format '\\{{.ID}}'" }] } },
    ]);
    expect(dependencies).toEqual([
      { from: "build", to: "a" },
      { from: "a", to: "b" },
      { from: "build", to: "3" },
    ]);
  });

  test("late templates are rendered when the step starts; text from an element is never a template", () => {
    const made = workflow(PATTERN);
    const { steps, dependencies } = expandElements(PATTERN, plan);
    const grown = compilePlan(made, stepSyntax).withExpansions([{ step: "build", first: 3, steps, dependencies }]);
    const facts = {
      parameters: {},
      context: {},
      step: () => ({ status: "completed" as const, attempt: 1, output: "it" }),
    };
    const rendered = grown.render(5, facts);
    expect(rendered.ok && rendered.value.config).toMatchObject({
      prompt: "Build C as it says",
      verify: [{ command: "docker ps --format '{{.ID}}'" }],
    });
  });

  test("steps without an id are numbered; inOrder makes each step depend on the one before", () => {
    const step = { as: "one", command: "echo {{one.x}}", timeout: "{{one.time}}", retries: "{{index + 1}}" };
    const { as, ...pattern } = step;
    const elements = [
      { x: 1, time: 5 },
      { x: 2, time: 6 },
      { x: 3, time: 7 },
    ];
    const { steps, dependencies, problems } = expandElements(pattern, elements, { as, inOrder: true });
    expect(problems).toEqual([]);
    expect(steps).toMatchObject([
      { id: "build.0", name: "build.0", timeout: 5, retry: { retries: 1 }, config: { command: "echo {{one.x}}" } },
      { id: "build.1", timeout: 6, retry: { retries: 2 }, bindings: { one: { x: 2, time: 6 }, index: 1 } },
      { id: "build.2" },
    ]);
    expect(dependencies.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      "build → build.0",
      "build.0 → build.1",
      "build.1 → build.2",
    ]);
    const free = expandElements(
      { id: "{{item.id}}", dependsOn: "{{item.after}}", command: "true" },
      [{ id: "a" }, { id: "b" }, { id: "c", after: [] }, { id: "d", after: ["a", "a"] }],
      { inOrder: true },
    );
    expect(free.dependencies.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      "build → a",
      "a → b",
      "build → c",
      "a → d",
    ]);
  });

  test("a check in verify may contain templates; a check that is one lone template comes from the element", () => {
    const verify = ["echo {{item.id}}", "{{item.check}}", { file: "{{item.id}}.txt" }];
    const { steps, problems } = expandElements({ id: "{{item.id}}", agent: "{{item.who}}", verify }, [
      { id: "a", who: "ann", check: { file: "{{x}}" } },
    ]);
    expect(problems).toEqual([]);
    expect(steps[0]!.config).toEqual({
      agent: "ann",
      verify: [{ command: "echo {{item.id}}" }, { file: "\\{{x}}" }, { file: "{{item.id}}.txt" }],
    });
  });

  test("a pattern may be a workflow, a foreach or a tool step whose server comes from the element", () => {
    expect(expandElements({ workflow: { steps: [{ id: "in", command: "true" }] } }, [{}]).steps).toMatchObject([
      { id: "build.0", type: "workflow", config: { workflow: { steps: [{ id: "in" }] } } },
    ]);
    expect(
      expandElements({ items: "{{item.list}}", step: { command: "echo {{item}}" } }, [{ list: [1] }]).steps,
    ).toMatchObject([{ type: "foreach", config: { items: "{{item.list}}", step: { type: "command" } } }]);
    expect(
      expandElements({ tool: "t", server: "{{item.server}}" }, [{ server: { command: "x" } }]).steps,
    ).toMatchObject([{ type: "tool", config: { tool: "t", server: { command: "x" } } }]);
  });

  test("a pattern may read a parameter that is declared but not given", () => {
    const pattern = { command: "echo {{parameters.?there.orValue(1)}} {{parameters.there}}" };
    const made = expandElements(pattern, [{}], {}, { declared: ["there"] });
    expect(made.problems).toEqual([]);
    expect(expandElements(pattern, [{}]).problems.join()).toContain('parameter "there" is used but has no value');
  });

  test("an empty list makes no steps", () => {
    expect(expandElements(PATTERN, [])).toMatchObject({ steps: [], dependencies: [], problems: [] });
  });
});

describe("expandPattern reports every mistake in the elements", () => {
  test('"from" that is no list, or has more elements than max, is reported', () => {
    expect(expandElements(PATTERN, "text").problems).toEqual(['"from" gives text, not a list']);
    expect(expandElements(PATTERN, null).problems).toEqual(['"from" gives nothing, not a list']);
    expect(expandElements(PATTERN, { a: 1 }).problems).toEqual(['"from" gives an object, not a list']);
    expect(expandElements(PATTERN, [{}, {}, {}], { max: 2 }).problems).toEqual([
      '"from" has 3 elements; max allows at most 2',
    ]);
  });

  test("every mistake in every element is reported", () => {
    const { problems, steps } = expandElements(PATTERN, [
      1,
      [],
      true,
      { id: "no id", title: "x", verify: "v" },
      { id: "a", title: "x" },
      { id: "b", title: "x", verify: "v", dependsOn: true },
      { id: "c", title: "x", verify: "v", dependsOn: [["a"]] },
      { id: "d", title: "x", verify: "v", dependsOn: ["d", "plan", "e"] },
      { id: "e", title: "", verify: [{}] },
      { id: "E", title: "x", verify: "v" },
    ]);
    expect(steps).toEqual([]);
    expect(problems).toEqual([
      "element 0 is a number, not an object",
      "element 1 is a list, not an object",
      "element 2 is true or false, not an object",
      expect.stringMatching(/^element 3: id: ""no id"" is not a step id/),
      expect.stringMatching(/^element 4 \("a"\): verify: no such key/),
      'element 5 ("b"): dependsOn is true or false, not a list of ids',
      'element 6 ("c"): dependsOn is a list, not a list of ids',
      'element 9 ("E"): element 8 ("e") already has this id (upper and lower case count as equal)',
      'element 7 ("d"): it depends on itself',
      'element 7 ("d"): dependsOn names "plan", which is the id of no element',
      'element 8 ("e"): verify[0].command: "command" is missing',
      'element 8 ("e"): name: must not be empty',
    ]);
  });

  test("elements that wait for each other are reported", () => {
    const pattern = { id: "{{item.id}}", dependsOn: "{{item.after}}", command: "true" };
    const elements = [
      { id: "a", after: ["b"] },
      { id: "b", after: ["a"] },
    ];
    expect(expandElements(pattern, elements).problems).toEqual([
      expect.stringContaining("steps wait for each other: "),
    ]);
  });
});
