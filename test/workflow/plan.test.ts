import { describe, expect, it } from "vitest";
import type { Workflow } from "../../src/model/workflow.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { command, factsOf, parsed, planOf } from "./command.ts";

const edges = (plan: ReturnType<typeof planOf>) =>
  plan.edges.map(({ from, to, condition, origin }) => {
    const id = (index: number) => plan.workflow.steps[index]!.id;
    return `${id(from)} → ${id(to)}: ${[origin, condition].filter(Boolean).join(" ")}`;
  });

describe("edges of a plan", () => {
  it("edges come from dependencies, conditions and data", () => {
    const plan = planOf(
      {
        a: { outputKey: "key" },
        b: {},
        c: { condition: 'on_success(a) && steps["b"].exitCode == 0 && always' },
        d: { command: "{{ key }} '{{ steps.b.output }}'", environment: { X: "{{ steps.c.status }}", N: 1 } },
      },
      ["a → b"],
    );
    expect(edges(plan)).toEqual([
      "a → b: dependency",
      "a → c: condition",
      "b → c: condition",
      "a → d: data",
      "b → d: data",
      "c → d: data",
    ]);
    expect([...plan.predecessors.list.slice(plan.predecessors.offsets[3], plan.predecessors.offsets[4])]).toEqual([
      3, 4, 5,
    ]);
  });

  it("edges are not repeated; an edge from data or a condition does not change the written dependency", () => {
    const plan = planOf(
      {
        a: {},
        b: { command: "{{ steps.a.exitCode }} {{ steps.a.exitCode }}", condition: "always" },
        c: { condition: "on_failure(a) || steps.a.attempt > 1" },
      },
      [
        { from: "a", to: "b", condition: "failure" },
        { from: "a", to: "b", condition: "failure" },
        "a → b",
        "a → b",
        { from: "a", to: "b", condition: "always" },
        { from: "a", to: "b", type: "finish_to_finish" },
        { from: "a", to: "c", type: "start_to_start" },
      ],
    );
    expect(edges(plan)).toEqual([
      "a → b: dependency failure",
      "a → b: dependency",
      "a → b: dependency always",
      "a → b: dependency",
      "a → c: dependency",
      "a → c: condition",
    ]);
    expect(plan.edges.map(({ type }) => type).slice(3)).toEqual([
      "finish_to_finish",
      "start_to_start",
      "finish_to_start",
    ]);
    expect([...plan.startAwaited]).toEqual([1, 0, 0]);
    expect([...plan.finishEdges]).toEqual([0, 1, 0]);
  });
});

describe("plan.condition", () => {
  const plan = planOf({ a: {}, b: { condition: "on_success(a) && parameters.go" }, c: {} });
  it("a step without a condition has the condition true", () => {
    expect(plan.condition(2, factsOf(plan))).toEqual({ ok: true, value: true });
  });
  it("a condition is evaluated on facts", () => {
    const given = { parameters: { go: true } };
    expect(plan.condition(1, factsOf(plan, {}, given))).toEqual({ ok: true, value: true });
    expect(plan.condition(1, factsOf(plan, { a: { status: "skipped" } }, given))).toEqual({ ok: true, value: false });
  });
  it("a condition that cannot be evaluated fails with condition_error", () => {
    expect(plan.condition(1, factsOf(plan))).toEqual({
      ok: false,
      error: {
        reason: "condition_error",
        message: 'no such key: go, at character 29 of "on_success(a) && parameters.go"',
        hint: 'If the field can be missing, write .?name.orValue("…").',
      },
    });
  });
});

describe("plan.render", () => {
  const plan = planOf({
    a: {},
    b: {
      command: "tar {{ parameters.file }} '{{ steps.a.output }}' \\{{x}}",
      environment: { PLAIN: "text", COUNT: "{{ parameters.n + 1 }}", BOTH: "{{ parameters.n }}-{{ parameters.file }}" },
      workingDirectory: "{{ context.dir }}/x",
    },
    c: {},
  });
  const given = { parameters: { file: "a b", n: 2 }, context: { dir: "/tmp" } };
  const render = (parameters: object, context: object = given.context, steps = { a: { output: "out" } }) =>
    plan.render(
      1,
      factsOf(plan, steps, { parameters: { ...given.parameters, ...parameters }, context: { ...context } }),
    );

  it("values go into environment variables of shell text, and into other text directly", () => {
    expect(render({})).toEqual({
      ok: true,
      value: {
        config: {
          command: `tar "\${BATON_V1}" ''"\${BATON_V2}"'' {{x}}`,
          environment: { PLAIN: "text", COUNT: "3", BOTH: "2-a b" },
          workingDirectory: "/tmp/x",
        },
        values: { BATON_V1: "a b", BATON_V2: "out" },
      },
    });
    expect(plan.render(2, factsOf(plan))).toEqual({ ok: true, value: { config: { command: "true" }, values: {} } });
    expect(plan.workflow.steps[1]!.config.workingDirectory).toBe("{{ context.dir }}/x");
  });

  it("values that are not text are rendered as JSON", () => {
    const result = render({ file: { a: [1, null] } });
    expect(result.ok && result.value.values.BATON_V1).toBe('{"a":[1,null]}');
  });

  it("missing data fails with expression_error", () => {
    expect(plan.render(1, factsOf(plan, { a: { status: "skipped" } }, given))).toEqual({
      ok: false,
      error: {
        reason: "expression_error",
        message: 'step "a" has no output: it is skipped, in "steps.a.output"',
        hint: 'Write steps.a.?output.orValue("…") to set a value for that case.',
      },
    });
    expect(render({ n: "x" })).toMatchObject({ ok: false, error: { reason: "expression_error" } });
  });

  it("values that no process can be given are refused with value_refused and their name", () => {
    const hint = "Write large or binary data to a file and pass its path.";
    expect(render({ file: "a\0" })).toEqual({
      ok: false,
      error: {
        reason: "value_refused",
        message: 'the value of "{{ parameters.file }}" contains a NUL character, which cannot be passed to a process',
        hint,
      },
    });
    expect(render({}, { dir: "x".repeat(140_000) })).toEqual({
      ok: false,
      error: {
        reason: "value_refused",
        message:
          '"workingDirectory", written as "{{ context.dir }}/x", is 140,002 bytes long; at most 128 kB can be passed',
        hint,
      },
    });
  });

  it("values of several shell fields get different BATON_V numbers", () => {
    const twice = { ...command, templates: { command: "shell", workingDirectory: "shell" } as const };
    const value = { name: "w", steps: [{ id: "a", command: "{{ 1 }}", workingDirectory: "{{ 2 }}" }] };
    const pair = compilePlan(parsed({ value }).workflow, [twice]);
    expect(pair.render(0, factsOf(pair))).toEqual({
      ok: true,
      value: {
        config: { command: '"${BATON_V1}"', workingDirectory: '"${BATON_V2}"' },
        values: { BATON_V1: "1", BATON_V2: "2" },
      },
    });
  });
});

describe("a stored workflow that no longer compiles", () => {
  const stored: Workflow = {
    name: "old",
    context: {},
    dependencies: [{ from: "gone", to: "a" }],
    steps: ["{{", "{{ }", "{{ 1 + }}", "`{{ 1 }}`"].map((text, i) => ({
      id: "abcd"[i]!,
      name: "x",
      type: "command",
      config: i === 1 ? { workingDirectory: text } : { command: text },
      retry: { retries: 0, delay: 0, multiplier: 1 },
      onCrash: "retry",
      optional: false,
      condition: "on_success(",
    })),
  };
  const plan = compilePlan(stored, [command]);

  it("conditions and templates fail when their steps start, with condition_error and expression_error", () => {
    expect(plan.edges).toEqual([]);
    expect(plan.condition(0, factsOf(plan))).toMatchObject({ ok: false, error: { reason: "condition_error" } });
    for (const index of [0, 1, 2, 3]) {
      expect(plan.render(index, factsOf(plan))).toMatchObject({ ok: false, error: { reason: "expression_error" } });
    }
  });

  it("the fields of an unknown step type are not rendered", () => {
    const other = compilePlan({ ...stored, steps: [{ ...stored.steps[0]!, type: "other" }] }, [command]);
    expect(other.render(0, factsOf(other))).toEqual({ ok: true, value: { config: { command: "{{" }, values: {} } });
  });
});
