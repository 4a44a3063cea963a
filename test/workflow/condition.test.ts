import { describe, expect, it } from "vitest";
import type { StepStatus } from "../../src/model/run.ts";
import { compileCondition, evaluateCondition } from "../../src/workflow/expression/condition.ts";
import { factsOf, planOf } from "./command.ts";

const plan = planOf({ a: {}, b: {}, "build-api": {}, "x.y": {}, in: {} });
const names = { indexOf: plan.indexOf, outputKeys: new Map<string, number>() };

function run(text: string, statuses: Record<string, StepStatus> = {}, parameters = {}) {
  const condition = compileCondition(text);
  if (!condition.ok) return condition.error;
  const steps = Object.fromEntries(Object.entries(statuses).map(([id, status]) => [id, { status }]));
  const verdict = evaluateCondition(condition.value, factsOf(plan, steps, { parameters }), names);
  return verdict.ok ? verdict.value : verdict.error;
}

describe("on_success, on_failure, on_complete", () => {
  const pairs: [StepStatus, StepStatus, boolean, boolean][] = [
    ["completed", "completed", true, false],
    ["completed", "failed", false, true],
    ["failed", "failed", false, true],
    ["skipped", "completed", false, false],
    ["skipped", "failed", false, true],
    ["cancelled", "skipped", false, false],
  ];
  it.each(pairs)(
    "on_success, on_failure and on_complete of a step that is %s and one that is %s",
    (a, b, success, failure) => {
      expect(run("on_success(a, b)", { a, b })).toBe(success);
      expect(run("on_failure(a, b)", { a, b })).toBe(failure);
      expect(run("on_complete(a, b)", { a, b })).toBe(true);
    },
  );

  it("on_complete is false while a step runs", () => {
    expect(run("on_complete(a)", { a: "running" })).toBe(false);
  });

  it.each([
    ["on_success(build-api)", ["build-api"]],
    ['on_success(build-api, "x.y", in)', ["build-api", "x.y", "in"]],
    ["on_success ( 'a' ,\n b )", ["a", "b"]],
    ["on_success(x.y)", ["x.y"]],
  ])("compileCondition reads the step ids of %s", (text, ids) => {
    const condition = compileCondition(text);
    expect(condition.ok && condition.value.calls.map((call) => call.ids)).toEqual([ids]);
    expect(run(text)).toBe(true);
  });

  it("on_success and on_failure combine with always, operators, strings, comments and parameters", () => {
    expect(run("always")).toBe(true);
    expect(run("!on_success(a) || parameters.n > 1", {}, { n: 2 })).toBe(true);
    expect(run("on_failure(a) && always", { a: "failed" })).toBe(true);
    expect(run('on_success(a) && parameters.x == "on_failure(b)" // on_failure(zz)', {}, { x: "on_failure(b)" })).toBe(
      true,
    );
    expect(run("// on_failure(a)\nparameters.list.all(on_successful, on_successful > 0x0f)", {}, { list: [16] })).toBe(
      true,
    );
    expect(run('steps.a.status == "completed"')).toBe(true);
  });

  it("a condition lists the names and steps that its expression reads", () => {
    const condition = compileCondition("on_success(a) && always && flag && steps.b.exitCode == 0");
    const reads = condition.ok ? condition.value.expression.references : undefined;
    expect([...(reads?.names ?? [])]).toEqual(["flag"]);
    expect([...(reads?.steps ?? [])]).toEqual(["b"]);
  });
});

describe("compileCondition refuses a condition that is wrong", () => {
  const COMPARE = 'Compare it with something, as in parameters.count > 0 or parameters.name != "".';
  it.each([
    [" ", "the condition is empty", "Remove it, or write always."],
    [
      "on_success()",
      'on_success takes one or more step ids, separated by commas, in "on_success()"',
      "Write it as on_success(build, test).",
    ],
    [
      "on_failure",
      'on_failure must be followed by step ids in parentheses, in "on_failure"',
      "Write it as on_failure(build, test).",
    ],
    [
      "on_success(a",
      'the parenthesis of on_success(… has no closing parenthesis, in "on_success(a"',
      "Write it as on_success(build, test).",
    ],
    [
      "on_success(a b)",
      'on_success takes one or more step ids, separated by commas, in "on_success(a b)"',
      "Write it as on_success(build, test).",
    ],
    [
      "on_success(a!)",
      '"a!" in on_success(…) is not a step id, in "on_success(a!)"',
      "Write it as on_success(build, test).",
    ],
    ["__on_0", 'names starting with __on_ are reserved, in "__on_0"', undefined],
    [
      "success()",
      `found no matching overload for 'success()', at character 1 of "success()"`,
      "Write on_success(build), with the ids of the steps.",
    ],
    [
      "on_success(a) && failure()",
      `found no matching overload for 'failure()', at character 18 of "on_success(a) && failure()"`,
      "Write on_failure(build), with the ids of the steps.",
    ],
    [
      "always()",
      `found no matching overload for 'always()', at character 1 of "always()"`,
      "Write always, without parentheses.",
    ],
    [
      "${{ success() }}",
      'unexpected character: $, at character 1 of "${{ success() }}"',
      "A condition is an expression already: remove the braces.",
    ],
    [
      "x.on_success(a)",
      `found no matching overload for 'dyn.on_success(dyn)', at character 1 of "x.on_success(a)"`,
      undefined,
    ],
    ["1 + 1", 'a condition must result in true or false, but "1 + 1" gives int', COMPARE],
  ])("a wrong condition is refused: %s", (text, message, hint) =>
    expect(run(text)).toEqual(hint === undefined ? { message } : { message, hint }),
  );

  it("a condition that gives no true or false, or reads a missing parameter, fails when evaluated", () => {
    expect(run("parameters.n", {}, { n: "yes" })).toEqual({
      message: 'a condition must result in true or false, but "parameters.n" gave ""yes""',
      hint: COMPARE,
    });
    expect(run("on_success(a) && parameters.n > 1")).toEqual({
      message: 'no such key: n, at character 29 of "on_success(a) && parameters.n > 1"',
      hint: 'If the field can be missing, write .?name.orValue("…").',
    });
  });
});
