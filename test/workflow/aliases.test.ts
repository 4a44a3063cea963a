import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import type { Edge } from "../../src/model/plan.ts";
import type { Step } from "../../src/model/workflow.ts";
import { explainEdges } from "../../src/workflow/check/explain-edges.ts";
import { expandPattern } from "../../src/workflow/expand-pattern.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import type { Source } from "../../src/workflow/source/source.ts";
import { runs } from "../rig/rules/runs.ts";
import { mistakes as mistakesOf, parsed as parsedFrom } from "./command.ts";

const options = { stepTypes: stepSyntax };
const workflow = (steps: readonly unknown[], more: object = {}): Source => ({ value: { name: "w", steps, ...more } });
const parsed = (steps: readonly unknown[], more: object = {}) => parsedFrom(workflow(steps, more), options).workflow;
const mistakes = (steps: readonly unknown[], more: object = {}) => mistakesOf(workflow(steps, more), options);
const step = (id: string, more: object = {}) => ({ id, command: "true", ...more });
const edges = (steps: readonly unknown[], more: object = {}) => {
  const plan = compilePlan(parsed(steps, more), stepSyntax);
  const id = (index: number) => plan.workflow.steps[index]!.id;
  return plan.edges.map(({ from, to, type, condition }: Edge) =>
    [
      `${id(from)} → ${id(to)}`,
      ...(type === "finish_to_start" ? [] : [type]),
      ...(condition ? [condition] : []),
    ].join(),
  );
};

describe("dependsOn of a step", () => {
  it("is one id or a list, on a step of any type", () => {
    const steps = [
      step("a"),
      step("b", { dependsOn: "a" }),
      { id: "c", agent: "x", dependsOn: ["a", "b"] },
      { id: "d", skill: "x", dependsOn: "c" },
      { id: "e", tool: "t", server: "s", dependsOn: "d" },
      { id: "f", items: [1], step: { command: "true" }, dependsOn: "e" },
      { id: "g", workflow: { steps: [step("x"), step("y", { dependsOn: "x" })] }, dependsOn: "f" },
      { id: "h", type: "grow", from: [], step: { command: "true" }, dependsOn: "g" },
      { id: "i", type: "wait", duration: "5s", dependsOn: ["h"] },
    ];
    expect(edges(steps)).toEqual([
      ...["a → b", "a → c", "b → c", "c → d", "d → e", "e → f", "f → g", "g → h", "h → i"],
    ]);
    const inside = parsed(steps).steps[6]!.config.workflow as { dependencies: unknown };
    expect(inside.dependencies).toEqual([{ from: "x", to: "y", reason: "dependsOn" }]);
  });

  it("and the workflow's dependencies hold together; a written entry for the same two steps says it already", () => {
    const steps = [step("a"), step("b"), step("c", { dependsOn: ["a", "b", "b"] })];
    expect(edges(steps, { dependencies: [{ from: "a", to: "b" }] })).toEqual(["a → b", "a → c", "b → c"]);
    const dependencies = [{ from: "a", to: "c", condition: "always" }];
    expect(edges(steps, { dependencies })).toEqual(["a → c,always", "b → c"]);
    expect(edges(steps, { dependencies: [{ from: "a", to: "c", type: "start_to_start" }] })).toEqual([
      ...["a → c,start_to_start", "a → c", "b → c"],
    ]);
  });

  it("may hold entries as in dependencies, without to", () => {
    const dependsOn = [
      { from: "a", condition: "failure" },
      { from: "b", type: "start_to_start", reason: "why" },
    ];
    const steps = [step("a"), step("b"), step("c", { dependsOn })];
    expect(edges(steps)).toEqual(["a → c,failure", "b → c,start_to_start"]);
    expect(explainEdges(parsed(steps), stepSyntax).map(({ because }) => because)).toEqual([
      ...["dependsOn (failure)", "why (start_to_start)"],
    ]);
  });

  it("gives the same plan as dependencies, for any graph", () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 15, selector: String });
    fc.assert(
      fc.property(pairs, fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }), (given, asList) => {
        const earlier = (to: number) => given.flatMap(([a, b]) => (a < b && b === to ? [`s${a}`] : []));
        const ids = [0, 1, 2, 3, 4, 5, 6];
        const written = ids.map((to) => {
          const list = earlier(to);
          const one = list.length === 1 && !asList[to] ? list[0] : list;
          return step(`s${to}`, list.length === 0 ? {} : { [to % 2 === 0 ? "dependsOn" : "needs"]: one });
        });
        const plain = ids.map((to) => step(`s${to}`));
        const dependencies = ids.flatMap((to) => earlier(to).map((from) => ({ from, to: `s${to}` })));
        expect(edges(written)).toEqual(edges(plain, { dependencies }));
      }),
      { numRuns: runs(100) },
    );
  });

  it("each mistake is reported where its author wrote it", () => {
    const text = `steps:
  - id: a
    run: "true"
  - id: b
    run: echo {{nothing}}
    dependsOn: [a, aa, b, 5, { from: a, to: b }, { from: zz }, { from: a, kind: x }]
  - { id: c, run: "true", dependsOn: d }
  - { id: d, run: "true", dependsOn: [c] }
  - { run: "true", dependsOn: 7 }
`;
    expect(mistakesOf({ text, file: "f.yaml" }, { ...options, parameters: {} })).toEqual([
      'f.yaml:5:10: step "b", field "run": "nothing" is neither an outputKey nor a parameter, in "nothing". For a literal {{ write \\{{.',
      'f.yaml:6:20: step "b", field "dependsOn[1]": there is no step "aa". Did you mean "a"?',
      'f.yaml:6:24: step "b", field "dependsOn[2]": step "b" depends on itself. Remove this dependency.',
      'f.yaml:6:27: step "b", field "dependsOn[3]": must be the id of a step. Write the id of a step, or a list of ids.',
      'f.yaml:6:41: step "b", field "dependsOn[4].to": the step that waits is the one with this field, so "to" says nothing. Leave "to" out.',
      'f.yaml:6:58: step "b", field "dependsOn[5].from": there is no step "zz"',
      'f.yaml:6:75: step "b", field "dependsOn[6].kind": unknown field "kind". Known here: from, to, type, condition, reason.',
      'f.yaml:7:38: step "c", field "dependsOn": these steps wait for each other: c → d → c. Remove one of these dependencies: c → d: dependsOn; d → c: dependsOn.',
      'f.yaml:9:5: field "steps[4].id": "id" is missing',
      'f.yaml:9:31: field "steps[4].dependsOn": must be the id of a step. Write the id of a step, or a list of ids.',
    ]);
    expect(mistakes([step("a"), step("b", { dependsOn: "a" })], { dependencies: 5 })).toEqual([
      'field "dependencies": must be a list, not the number 5',
    ]);
    expect(mistakes([step("a"), step("b", { dependsOn: "a" })], { dependencies: null })).toEqual([
      'field "dependencies": must be a list, not null',
    ]);
    const odd = { from: { toString: 1, valueOf: 1 }, to: "b" };
    expect(mistakes([step("a"), step("b", { dependsOn: "a" })], { dependencies: [odd] })).toEqual([
      'field "dependencies[0].from": must be text, not an object',
    ]);
    expect(mistakesOf({ value: { skills: ["a", "b"], dependencies: [odd] } }, options)).toEqual([
      'field "dependencies[0].from": must be text, not an object',
    ]);
    expect(mistakes([5])).toEqual(['field "steps[0]": must be an object, not the number 5']);
  });

  it("of a phase means phases, and of its agents steps", () => {
    const phases = [
      { name: "plan", agents: ["x"] },
      { name: "sketch", agents: ["x"] },
      { name: "build", agents: ["y", { agent: "z", dependsOn: "plan.x" }], dependsOn: "plan", depends_on: ["sketch"] },
    ];
    expect(parsedFrom({ value: { phases } }, options).workflow.dependencies).toEqual([
      { from: "build.y", to: "build.z", reason: "order of the agents in build" },
      { from: "sketch.x", to: "build.y", reason: "phase depends_on sketch" },
      { from: "plan.x", to: "build.y", reason: "phase dependsOn plan" },
      { from: "plan.x", to: "build.z", reason: "dependsOn" },
    ]);
    const group = { parallel_coordination: { all: { agents: ["x"], dependsOn: "y" } } };
    expect(mistakesOf({ value: group }, options)).toEqual([
      'field "parallel_coordination.all.dependsOn": "dependsOn" belongs to phases, and this workflow has none',
    ]);
    const wrong = { phases: [{ name: "a", agents: [{ agent: "x", dependsOn: ["b"] }] }] };
    expect(mistakesOf({ value: wrong }, options)).toEqual([
      'field "phases[0].agents[0].dependsOn[0]": there is no step "b"',
    ]);
  });

  it("of an entry in a list of skills adds to the order of the list", () => {
    const skills = ["one", "two", { skill: "three", dependsOn: "one" }, { run: "make", id: "four" }];
    const { workflow: made } = parsedFrom({ value: { skills } }, options);
    expect(made.dependencies.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      ...["one → two", "two → three", "three → four", "one → three"],
    ]);
    expect(made.steps[3]).toMatchObject({ type: "command", config: { command: "make" } });
  });

  it("belongs to the foreach, and not to its step", () => {
    const inner = { id: "all", items: [1], step: { command: "true", dependsOn: "a", needs: ["a"] } };
    expect(mistakes([step("a"), inner])).toEqual([
      'step "all", field "step.dependsOn": the step of a foreach has no dependsOn of its own. Write it on the step around it.',
      'step "all", field "step.needs": the step of a foreach has no needs of its own. Write it on the step around it.',
    ]);
  });
});

describe("needs of a step", () => {
  it.each([
    { command: "true" },
    { run: "true" },
    { tool: "t", server: "s" },
    { workflow: { steps: [step("x")] } },
    { type: "command", command: "true" },
  ])("are edges on %j", (fields) => expect(edges([step("a"), { id: "b", needs: "a", ...fields }])).toEqual(["a → b"]));

  it("and dependsOn add up", () => {
    expect(edges([step("a"), step("b"), step("c", { needs: ["b", "a"], dependsOn: "a" })])).toEqual(["a → c", "b → c"]);
  });

  it("are capabilities on an agent step, where the id of another step is a mistake", () => {
    const steps = [
      step("review"),
      { id: "judge", needs: ["judge", "review"], prompt: "p" },
      { id: "c", type: "agent", needs: "review" },
      { id: "d", needs: ["security"] },
    ];
    const both = (field: string, id: string) =>
      `step "${id}", field "${field}": "review" may mean a capability that the worker needs, or the step "review" that this one comes after. For the order write dependsOn: review. For the capability give the step "review" another id.`;
    expect(mistakes(steps)).toEqual([both("needs[1]", "judge"), both("needs", "c")]);
    const around = { id: "all", items: [1], step: { needs: ["review"] } };
    expect(mistakes([step("review"), around])).toEqual([both("step.needs[0]", "all")]);
    expect(parsed([steps[3]]).steps[0]!.config).toEqual({ needs: ["security"] });
  });

  it.each([{ skill: "x" }, { items: [1], step: { command: "true" } }, { type: "wait", duration: 1 }])(
    "are unknown on %j",
    (fields) => {
      expect(mistakes([step("a"), { id: "b", needs: ["a"], ...fields }])).toEqual([
        'step "b", field "needs": unknown field "needs". Write "dependsOn" instead.',
      ]);
    },
  );
});

describe("run means command", () => {
  it("in a step, and wherever else a command stands", () => {
    const { steps } = parsed([
      { run: "make {{parameters.x}}", id: "a" },
      {
        id: "b",
        agent: "x",
        verify: [{ run: "check" }, "other", { file: "f" }],
        fallback: { run: "by-hand" },
        runner: { run: "r {prompt_file}" },
      },
      { id: "c", skill: "x", verify: { run: "check" }, fallback: ["y", { run: "z" }] },
      { id: "d", items: [1], step: { run: "echo {{item}}" } },
      { id: "e", workflow: { steps: [{ id: "x", run: "true" }] } },
    ]);
    expect(steps[0]).toMatchObject({ type: "command", config: { command: "make {{parameters.x}}" } });
    expect(steps[1]!.config).toMatchObject({
      verify: [{ command: "check" }, { command: "other" }, { file: "f" }],
      fallback: [{ command: "by-hand" }],
      runner: { command: "r {prompt_file}" },
    });
    expect(steps[2]!.config).toMatchObject({
      verify: [{ command: "check" }],
      fallback: [{ agent: "y" }, { command: "z" }],
    });
    expect((steps[3]!.config.step as Step).config).toEqual({ command: "echo {{item}}" });
    expect(steps[4]!.config.workflow).toMatchObject({ steps: [{ config: { command: "true" } }] });
  });

  it("both words in one place are a mistake, and mistakes stand at run", () => {
    expect(
      mistakes([
        { id: "a", run: "x", command: "y" },
        { id: "b", agent: "x", verify: [{ run: "x", command: "y" }], fallback: { run: "" } },
        { id: "c", items: [1], step: { run: "echo {{steps.zz.output}}" } },
        { id: "d", type: "wait", duration: 1, run: "x" },
        { id: "e", run: "echo `{{parameters.x}}`" },
      ]),
    ).toEqual([
      'step "a", field "run": "run" and "command" are the same field. Keep one of them.',
      'step "b", field "verify[0].run": "run" and "command" are the same field. Keep one of them.',
      'step "b", field "fallback.run": must not be empty',
      expect.stringContaining('step "d", field "run": unknown field "run"'),
      expect.stringContaining('step "e", field "run":'),
      expect.stringContaining('step "c", field "step.run": there is no step "zz"'),
    ]);
  });
});

describe("the pattern of a grow step", () => {
  const grow = (pattern: object) => ({ id: "g", type: "grow", from: [], step: { id: "{{item.id}}", ...pattern } });
  const expand = (pattern: object, elements: readonly unknown[]) => {
    const written = parsed([grow(pattern)]).steps[0]!.config.written as Record<string, unknown>;
    return expandPattern(
      elements,
      { id: "g", written, as: "item", inOrder: false, max: 10 },
      { definitionSteps: [{ id: "g" } as Step], parameters: {}, context: {}, stepTypes: stepSyntax, maxSteps: 100 },
    );
  };

  it("knows run, durations as text, and needs for dependsOn", () => {
    const pattern = { run: "make {{item.id}}", needs: "{{item.after}}", timeout: "{{item.limit}}" };
    const { steps, dependencies, problems } = expand(pattern, [
      { id: "a", limit: "5m" },
      { id: "b", after: "a", limit: 7 },
    ]);
    expect(problems).toEqual([]);
    expect(dependencies).toEqual([
      { from: "g", to: "a" },
      { from: "a", to: "b" },
    ]);
    expect(steps.map(({ timeout, config }) => [timeout, config])).toEqual([
      [300_000, { command: "make {{item.id}}" }],
      [7, { command: "make {{item.id}}" }],
    ]);
  });

  it("says what is wrong at the words of its author", () => {
    expect(mistakes([grow({ run: "x", needs: ["a"], dependsOn: ["b"] })])).toEqual([
      'step "g", field "step.needs": "needs" and "dependsOn" are the same field. Keep one of them.',
    ]);
    expect(mistakes([grow({ run: "echo {{zz.x}", needs: ["a"] })])).toEqual([
      expect.stringContaining('step "g", field "step.run":'),
    ]);
    expect(mistakes([grow({ agent: "x", verify: { run: "y", command: "z" } })])).toEqual([
      'step "g", field "step.verify.run": "run" and "command" are the same field. Keep one of them.',
    ]);
  });
});

describe("durations as text", () => {
  it("stand wherever the language takes milliseconds", () => {
    const retryPolicy = { maxRetries: 1, retryDelay: "1s", maxDelay: "1m" };
    const made = parsed(
      [
        step("a", { timeout: "1h30m", retries: 1, retryDelay: "250ms" }),
        {
          id: "b",
          agent: "x",
          verify: [
            { command: "x", timeout: "10m" },
            { commands: "{{parameters.x}}", timeout: "2d" },
          ],
        },
        { id: "c", type: "wait", file: "f", every: "1s" },
        { id: "d", type: "wait", duration: "5s" },
        { id: "e", type: "wait", duration: "{{parameters.ms}}" },
        step("f", { retryPolicy }),
      ],
      { timeout: "2h", errorHandling: { retryPolicy: { maxRetries: 2, retryDelay: "2s" } } },
    );
    expect(made.timeout).toBe(7_200_000);
    expect(made.steps[0]).toMatchObject({ timeout: 5_400_000, retry: { retries: 1, delay: 250 } });
    expect(made.steps[1]!.config.verify).toMatchObject([{ timeout: 600_000 }, { timeout: 172_800_000 }]);
    expect(made.steps.slice(2, 5).map(({ config }) => config)).toEqual([
      { file: "f", every: 1_000 },
      { duration: 5_000 },
      { duration: "{{parameters.ms}}" },
    ]);
    expect(made.steps[5]!.retry).toMatchObject({ delay: 1_000, maxDelay: 60_000 });
    expect(made.steps[4]!.retry).toMatchObject({ retries: 2, delay: 2_000 });
  });

  it("a wrong text shows the forms", () => {
    const forms = 'Write whole milliseconds, or text such as "250ms", "5s", "10m", "1h30m", "2d".';
    expect(
      mistakes([
        step("a", { timeout: "5 minutes" }),
        step("b", { timeout: "0s", retryDelay: "2 d" }),
        { id: "c", type: "wait", duration: "soon" },
        { id: "d", type: "wait", file: "f", every: "1ms" },
        { id: "e", type: "wait", duration: true },
        step("f", { timeout: "999d" }),
      ]),
    ).toEqual([
      `step "a", field "timeout": must be a duration, not the text "5 minutes". ${forms}`,
      `step "b", field "timeout": must be at least 1, not 0s. ${forms}`,
      `step "b", field "retryDelay": must be a duration, not the text "2 d". ${forms}`,
      `step "d", field "every": must be at least 10, not 1ms. ${forms}`,
      `step "e", field "duration": must be a duration, not true. ${forms}`,
      `step "f", field "timeout": must be at most 31,536,000,000. ${forms}`,
      `step "c", field "duration": "soon" is not a duration. ${forms}`,
    ]);
  });
});
