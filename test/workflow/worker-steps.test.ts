import { describe, expect, test } from "vitest";
import { agentSyntax, skillSyntax } from "../../src/engine/steps/agent.ts";
import type { JsonObject } from "../../src/model/workflow.ts";
import { performerKey, requestedPerformers } from "../../src/run/state/performer.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import * as rules from "./command.ts";

const stepTypes = [rules.command, agentSyntax, skillSyntax];
const sourceOf = (...steps: object[]) => ({
  value: { name: "w", steps: steps.map((step, n) => ({ id: `s${n}`, ...step })) },
});
const mistakes = (step: object) => rules.mistakes(sourceOf(step), { stepTypes });
const workflow = (...steps: object[]) => rules.parsed(sourceOf(...steps), { stepTypes }).workflow;

describe("an agent or skill step", () => {
  test("its type follows from its fields, and short forms of verify, fallback and runner are written out", () => {
    const check = { command: "npm test", name: "tests", timeout: 5, workingDirectory: "src" };
    const { steps } = workflow(
      { agent: "a", verify: "npm test", fallback: "other", runner: "claude" },
      { needs: "read", verify: ["x", check, { file: "f", exists: false }] },
      {
        skill: "s",
        action: "do",
        fallback: ["other", { skill: "t", action: "x" }, { needs: ["y"] }, { command: "z" }],
      },
      { type: "agent", agent: "a", runner: { command: "run {prompt_file}" }, leaseSeconds: 0.5, output: {} },
    );
    expect(steps.map(({ type }) => type)).toEqual(["agent", "agent", "skill", "agent"]);
    expect(steps.map(({ config }) => config)).toEqual([
      { agent: "a", verify: [{ command: "npm test" }], fallback: [{ agent: "other" }], runner: { name: "claude" } },
      { needs: ["read"], verify: [{ command: "x" }, check, { file: "f", exists: false }] },
      {
        skill: "s",
        action: "do",
        fallback: [{ agent: "other" }, { skill: "t", action: "x" }, { needs: ["y"] }, { command: "z" }],
      },
      { agent: "a", runner: { command: "run {prompt_file}" }, leaseSeconds: 0.5, output: {} },
    ]);
  });

  test("a check that is one lone {{ }} takes its commands from data", () => {
    const verify = ["npm test", " {{checks}} ", '{{ ["a }} b"] }}', "{{a}} {{b}}", "test -f {{a}}"];
    const commands = "{{checks}}";
    const named = { commands, timeout: 5, workingDirectory: "src" };
    const declared = { name: "w", parameters: { checks: {}, a: { default: "x" }, b: { default: "y" } } };
    const parsed = (step: object) =>
      rules.parsed({ value: { ...declared, steps: [{ id: "s", agent: "a", ...step }] } }, { stepTypes }).workflow
        .steps[0]!.config.verify;
    expect(parsed({ verify })).toEqual([
      { command: "npm test" },
      { commands },
      { commands: '{{ ["a }} b"] }}' },
      { command: "{{a}} {{b}}" },
      { command: "test -f {{a}}" },
    ]);
    expect(parsed({ verify: commands })).toEqual([{ commands }]);
    expect(parsed({ verify: named })).toEqual([named]);
    for (const wrong of ["npm test", "npm {{parameters.x}}", "{{a}}{{b}}"])
      expect(mistakes({ agent: "a", verify: { commands: wrong } }).join()).toContain("must be one {{ }}");
    expect(mistakes({ agent: "a", verify: "{{steps.none.output}}" }).join()).toContain("none");
  });

  test.each<[object, string[]]>([
    [
      { agent: "a", needs: ["b"] },
      [
        'step "s0", field "needs": a step has "agent" or "needs", not both. "agent" names one, "needs" lets Baton find one that can do it.',
      ],
    ],
    [
      { type: "agent" },
      [
        'step "s0", field "agent": the step does not say who performs it. Write agent: <name>, or needs: [<a capability>].',
      ],
    ],
    [
      { agent: "a", output: "plam" },
      [
        'step "s0", field "output": must be "plan", "breakdown", "report", "review", "validation", an object, not the text "plam"',
      ],
    ],
    [
      { agent: "a", output: { properties: { x: { type: "text" } } } },
      [
        'step "s0", field "output.properties.x.type": "text" is none of object, array, string, number, integer, boolean, null',
      ],
    ],
    [
      { agent: "a", verify: { file: "f", exists: false, contains: "x" } },
      ['step "s0", field "verify.exists": a file that must not exist cannot contain anything'],
    ],
    [
      { skill: "a", verify: ["x", { file: "f", exists: false, matches: "x" }] },
      ['step "s0", field "verify[1].exists": a file that must not exist cannot contain anything'],
    ],
    [
      { agent: "a", verify: [{ file: "f", matches: "(a|a)+x" }] },
      [
        'step "s0", field "verify[0].matches": the regular expression repeats something that can match one text in many ways, so matching may never end',
      ],
    ],
    [
      { agent: "a", verify: [{ file: "f", matches: "(" }] },
      ['step "s0", field "verify[0].matches": Invalid regular expression: /(/mu: Unterminated group'],
    ],
  ])("an agent or skill step is refused: %j", (step, told) => {
    const found = mistakes(step);
    for (const text of told) expect(found).toContain(text);
  });

  test.each([
    { agent: "a", verify: [] },
    { agent: "a", verify: [{ file: "f", exists: true, contains: "x", matches: "{{steps.s0.output}}(" }] },
    { agent: "a", verify: { file: "f", matches: "^\\p{Lu}$" } },
  ])("%j is not refused for its regular expression", (step) => {
    expect(mistakes(step).filter((text) => text.includes("regular expression"))).toEqual([]);
  });

  test("templates in the names of agents, skills and needs are refused", () => {
    for (const step of [
      { agent: "{{x}}" },
      { skill: "{{x}}" },
      { needs: ["a", "{{x}}"] },
      { agent: "a", fallback: ["{{x}}"] },
    ])
      expect(mistakes(step).join()).toContain(
        "the name of an agent or skill cannot contain {{ }}. Write the name as plain text.",
      );
    expect(mistakes({ agent: "a", fallback: { command: "echo {{1}}" } })).toEqual([]);
  });

  test("an unknown field, a check of unknown form and a fallback of unknown form are refused", () => {
    expect(mistakes({ agent: "a", promt: "x" })[0]).toContain('unknown field "promt". Did you mean "prompt"?');
    expect(mistakes({ agent: "a", verify: [5] }).length).toBeGreaterThan(0);
    expect(mistakes({ agent: "a", fallback: [{ agent: "b", command: "c" }] }).length).toBeGreaterThan(0);
  });
});

describe("templates of an agent or skill step", () => {
  const render = (step: object, parameters: JsonObject) => {
    const flow = workflow({ command: "true" }, step);
    const plan = compilePlan(flow, stepTypes);
    const rendered = plan.render(1, rules.factsOf(plan, { s0: { output: "out", exitCode: 0 } }, { parameters }));
    return rendered.ok ? rendered.value : rendered.error;
  };

  test("a lone template keeps the type of its value at any depth; keys are not rendered", () => {
    const input = JSON.parse('{"list": [["{{parameters.list}}"], "n={{parameters.n}}", 5], "{{x}}": 1}');
    const { config } = render({ agent: "a", prompt: "{{parameters.n}}", input }, { n: 3, list: [1] }) as {
      config: Record<string, unknown>;
    };
    expect(config.prompt).toBe(3);
    expect(JSON.stringify(config.input)).toBe('{"list":[[[1]],"n=3",5],"{{x}}":1}');
  });

  test("templates of check commands get values through the environment; those of files become text", () => {
    const verify = [
      "echo {{parameters.x}} '{{steps.s0.output}}'",
      { command: 'test "{{parameters.x}}"', name: "{{ as it is }}", workingDirectory: "{{parameters.dir}}/src" },
      { file: "{{parameters.dir}}/a", contains: "{{steps.s0.exitCode}}", matches: "{{parameters.x}}" },
    ];
    const fallback = ["other", { skill: "s", action: "{{parameters.list}}" }, { command: "rm {{parameters.x}}" }];
    expect(
      render({ skill: "s", action: "do {{parameters.x}}", verify, fallback }, { x: "$(x)", dir: "d", list: [1] }),
    ).toEqual({
      config: {
        skill: "s",
        action: "do $(x)",
        verify: [
          { command: `echo "\${BATON_V1}" ''"\${BATON_V2}"''` },
          { command: `test "\${BATON_V3}"`, name: "{{ as it is }}", workingDirectory: "d/src" },
          { file: "d/a", contains: "0", matches: "$(x)" },
        ],
        fallback: [{ agent: "other" }, { skill: "s", action: [1] }, { command: `rm "\${BATON_V4}"` }],
      },
      values: { BATON_V1: "$(x)", BATON_V2: "out", BATON_V3: "$(x)", BATON_V4: "$(x)" },
    });
  });

  test("a template in input, verify or fallback makes an edge", () => {
    const flow = workflow(
      { command: "true", outputKey: "key" },
      { agent: "a", input: { deep: [{ x: "{{key}}" }] } },
      { agent: "a", verify: { file: "{{steps.s1.output}}" } },
      { agent: "a", fallback: { command: "echo {{steps.s2.output}}" } },
    );
    expect(compilePlan(flow, stepTypes).edges.map(({ from, to, origin }) => [from, to, origin])).toEqual([
      [0, 1, "data"],
      [1, 2, "data"],
      [2, 3, "data"],
    ]);
  });

  test("a template that cannot be rendered fails with expression_error", () => {
    expect(render({ agent: "a", input: { x: "{{parameters.none}}" } }, {})).toMatchObject({
      reason: "expression_error",
    });
  });

  test("a stored template that no longer compiles fails the step, not the run", () => {
    const step = { id: "a", name: "a", type: "agent", config: { agent: "a", input: "{{ ( }}" } };
    const more = { retry: { retries: 0, delay: 0, multiplier: 1 }, onCrash: "retry" as const, optional: false };
    const plan = compilePlan({ name: "w", steps: [{ ...step, ...more }], dependencies: [], context: {} }, stepTypes);
    expect(plan.render(0, rules.factsOf(plan))).toMatchObject({ ok: false, error: { reason: "expression_error" } });
    const open = { ...step, config: { agent: "a", input: "{{ a" }, ...more };
    const other = compilePlan({ name: "w", steps: [open], dependencies: [], context: {} }, stepTypes);
    expect(other.render(0, rules.factsOf(other))).toMatchObject({ ok: false, error: { reason: "expression_error" } });
  });
});

test("performersAsked lists each agent, skill and needs of a plan once, with fallbacks and without commands", () => {
  const flow = workflow(
    { command: "true" },
    { agent: "a", fallback: [{ skill: "s" }, { command: "x" }, "b"] },
    { needs: ["z", "y"] },
    { needs: ["y", "z"], fallback: "a" },
  );
  expect([...requestedPerformers(compilePlan(flow, stepTypes)).keys()]).toEqual([
    "agent:a",
    "skill:s",
    "agent:b",
    "needs:y,z",
  ]);
  expect(performerKey({ needs: ["b", "a"] })).toBe("needs:a,b");
});
