import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoize } from "../../../src/model/data/memoize.ts";
import type { Facts } from "../../../src/model/plan.ts";
import type { JsonObject } from "../../../src/model/workflow.ts";
import { Budget, EXPRESSION_LIMITS, setExpressionClock } from "../../../src/workflow/expression/budget.ts";
import { compileExpression, evaluate } from "../../../src/workflow/expression/expression.ts";
import { meter } from "../../../src/workflow/expression/meter.ts";
import { runs } from "../../rig/rules/runs.ts";
import { factsOf, planOf } from "../../workflow/command.ts";

const names = { indexOf: new Map<string, number>(), outputKeys: new Map<string, number>() };
const text = "a".repeat(250_000);
const parameters: JsonObject = {
  ...{ s: `${"a".repeat(40)}!`, p: "^(a+)+$", text, half: `b${"a".repeat(125_000)}`, n: 1 },
  l: Array.from({ length: 2_000 }, (_, at) => at),
  trees: Array.from({ length: 2_000 }, (_, k) => ({ k, v: { w: [k] } })),
  obj: { a: { b: 1 } },
};
const factsWith = (given: JsonObject): Facts =>
  ({ parameters: given, context: {}, step: () => ({ status: "completed" }) }) as unknown as Facts;

function run(source: string, given: JsonObject = parameters, budget?: Budget): unknown {
  const expression = compileExpression(source);
  if (!expression.ok) return `compile: ${expression.error.message}`;
  const value = evaluate(expression.value, factsWith(given), names, undefined, budget);
  return value.ok ? value.value : value.error.message;
}

/** `cel.bind(v1, …, cel.bind(v2, …v1…, …))`: each variable contains the previous one twice. */
const twice = (first: string, next: (before: string) => string, last: (variable: string) => string, levels = 40) => {
  let source = last(`v${levels}`);
  for (let at = levels; at > 0; at--) source = `cel.bind(v${at}, ${at === 1 ? first : next(`v${at - 1}`)}, ${source})`;
  return source;
};

const STEPS = /^it takes more than 300,000 steps, in "/;

describe("an expression above the step budget fails", () => {
  test.each([
    ["nested maps", "l.map(x, l.map(y, l.map(z, x + y + z)))"],
    ["nested all", "l.all(x, l.all(y, l.all(z, x + y + z >= 0)))"],
    ["errors that exists ignores", "l.exists(x, l.exists(y, y.foo.bar == 1))"],
    ["errors that || ignores", "l.all(x, l.all(y, y.foo == 1 || true))"],
    ["errors that an optional ignores", "l.all(x, l.all(y, l[?99999].orValue(0) == 0))"],
    ["seven nested lists in a short expression", `${"[1,2,3,4,5,6,7,8,9].map(x, ".repeat(7)}1${")".repeat(7)}`],
    [
      "text that doubles",
      twice(
        "text + text",
        (v) => `${v} + ${v}`,
        (v) => `${v}.size()`,
      ),
    ],
    [
      "lists that double",
      twice(
        "l + l",
        (v) => `${v} + ${v}`,
        (v) => `${v}.size()`,
      ),
    ],
    ["a join of many copies of a large text", 'l.map(x, text).join("")'],
    ["a split into characters", 'l.map(x, text.split(""))'],
    ["contains with half of the text", "text.contains(half)"],
    ["lastIndexOf with half of the text", "text.lastIndexOf(half)"],
    ["a list search for each element", "trees.all(x, x in trees)"],
    ["a text search in a list", "l.all(x, text in l.map(y, text))"],
    ["a comparison of lists of trees for each element", "trees.all(x, trees == trees.map(y, y))"],
    ["the size of a large text", "l.all(x, text.size() > 0)"],
    ["a large text in lower case", "l.map(x, text.lowerAscii())"],
    ["bytes", "l.all(x, bytes(text).hex() != bytes(text).base64())"],
    ["a comparison of bytes", "l.all(x, bytes(text) == bytes(text))"],
    ["JSON in bytes", 'l.all(x, bytes("[" + text + "]").json() == {})'],
    ["a number of many digits as a duration", `duration("${"1".repeat(5_000)}")`],
    ["time zones", 'l.all(x, timestamp("2024-01-01T00:00:00Z").getHours("Europe/Berlin") >= 0)'],
    ["one pattern on large texts", 'l.all(x, text.matches("a*c") || true)'],
    ["a different pattern each time", 'l.all(x, "a".matches("(?:a?b?c?d?){4}" + string(x)) || true)'],
    ["the keys of a map for each element", "l.all(x, {'a': 1, 'b': 2}.all(k, l.all(y, true)))"],
  ])("%s", (_, source) => expect(run(source)).toMatch(STEPS));

  test("the same input takes the same number of steps", () => {
    const count = () => {
      const budget = new Budget();
      expect(run('trees.filter(t, t.k % 2 == 0 && "a".matches("^[a-z]$")).size()', parameters, budget)).toBe(1_000);
      return budget.spent;
    };
    expect(count()).toBe(count());
  });

  test("|| and exists ignore other errors, not the exceeded budget", () => {
    expect(run("true || l.all(x, l.all(y, l.all(z, true)))")).toBe(true);
    expect(run("l.all(x, l.all(y, l.all(z, true))) || true")).toMatch(STEPS);
    expect(run("l.exists(q, l.all(x, l.all(y, true)))")).toMatch(STEPS);
  });

  test("all expressions of one step share its budget", () => {
    const plan = planOf({ a: { command: "true", environment: { A: "{{ l.all(x, x >= 0) }}" } } });
    const many = "{{ l.filter(x, x >= 0).size() }}".repeat(60);
    const large = planOf({ a: { command: "true", environment: { A: many } } });
    const facts = factsOf(plan, {}, { parameters, context: {} });
    expect(plan.render(0, facts).ok).toBe(true);
    const rendered = large.render(0, facts);
    expect(rendered).toMatchObject({ ok: false, error: { reason: "expression_error" } });
  });
});

describe("results and data have a maximal size", () => {
  test("a result whose shared parts make more than 300,000 values is refused", () => {
    expect(
      run(
        twice(
          "[1, 1]",
          (v) => `[${v}, ${v}]`,
          (v) => v,
        ),
      ),
    ).toMatch(/^it gives more than 300,000 values, in "/);
    expect(run("l.map(x, [x]).map(y, [y, y, y])")).toHaveLength(2_000);
    expect(run("[text, text, text]")).toHaveLength(3);
    expect(run(`[${Array(17).fill("text").join(", ")}]`)).toMatch(/^it gives more than 4,000,000 characters, in "/);
  });

  test("a list or map is refused as a key, and long values are cut in messages", () => {
    const dag = (last: (variable: string) => string) => twice("[1, 1]", (v) => `[${v}, ${v}]`, last);
    for (const last of [(v: string) => `{${v}: 1}`, (v: string) => `{"a": 1}[${v}]`, (v: string) => `obj[${v}]`])
      expect(run(dag(last))).toMatch(/^a list or a map cannot be a key, at character \d+ of "/);
    expect(run("[1] in obj")).toMatch(/^a list or a map cannot be a key/);
    expect((run("obj[text + text]") as string).length).toBeLessThan(500);
  });

  test("an expression that reads more than 1,000,000 values is refused", () => {
    const vast = { lists: Array.from({ length: 1_001 }, () => Array.from({ length: 1_000 }, () => 1)) };
    expect(run("parameters.lists.size()", vast)).toMatch(/^it reads data of more than 1,000,000 values, in "/);
    // Data that the expression does not name is not prepared.
    expect(run("1 + 1", vast)).toBe(2);
  });
});

describe("compilation is bounded", () => {
  test("the inferred types of nested lists and maps stay small", () => {
    expect(run(`[1]${'.map(x, {"a": x, "b": [x]})'.repeat(60)}.size()`)).toBe(1);
    expect(
      run(
        twice(
          "{1: 1}",
          (v) => `{"k": ${v}, "l": [${v}]}`,
          () => "1",
          90,
        ),
      ),
    ).toMatch(/maxDepth|^1$/);
    expect(run("[[[[[1]]]]] == [[[[[1]]]]] && [[1]] + [[2]] == [[1], [2]]")).toBe(true);
  });

  test("a number of more than 400 digits is refused", () => {
    expect(run(`l.exists(x, ${"9".repeat(9_000)} == x)`)).toMatch(/^compile: a number has more than 400 digits, in "/);
    expect(run("9223372036854775807")).toBe("9223372036854775807");
  });

  test.each([
    ["a long sum", `1${" + 1".repeat(1_900)}`, 1_901],
    ["deep parentheses", `${"(".repeat(90)}1${")".repeat(90)}`, 1],
    ["thousands of signs", `${"!".repeat(9_999)}true`, 'compile: too deeply nested, in "'],
  ])("%s", (_, source, expected) => {
    if (typeof expected === "number") expect(run(source)).toBe(expected);
    else expect(run(source)).toContain(expected);
  });
});

describe("patterns in expressions", () => {
  test.each([
    ['s.matches("^(a+)+$")', "repeats something that can match one text in many ways"],
    ["s.matches(p)", "repeats something that can match one text in many ways"],
    ['s.matches("^(\\\\-|a+)+$")', "repeats something that can match one text in many ways"],
    ['text.matches("^a*a*a*a*a*$")', "is 250000 characters long; the regular expression can be applied to at most 63"],
    ['s.matches("(")', "invalid regular expression"],
    ["s.matches(string(n) + '(?<')", "invalid regular expression"],
  ])("%s", (source, message) => expect((run(source) as string).toLowerCase()).toContain(message.toLowerCase()));

  test("matches gives its usual results", () => {
    expect(run('s.matches("^a+!$") && !s.matches("b") && "x-y".matches("^x\\\\-y$")')).toBe(true);
    expect(run("s.matches(n)")).toMatch(/no matching overload/);
  });
});

describe("the time limit of an expression", () => {
  const limits = { ...EXPRESSION_LIMITS, milliseconds: 1_000 };
  const slow = (perLook: number) => {
    let now = 0;
    return new Budget({ ...limits, clock: () => (now += perLook) });
  };
  const busy = "l.all(x, l.exists(y, y > 5))";

  test("an expression above the time limit fails, also below the step budget", () => {
    expect(run("l.all(x, l.all(y, x + y >= 0))", parameters, slow(240))).toMatch(
      /^it takes longer than 1,000 ms, in "/,
    );
    expect(run(busy, parameters, slow(1))).toBe(true);
  });

  test("the time in which the process was frozen does not count", () =>
    expect(run(busy, parameters, slow(60_000))).toBe(true));

  test("a budget without a clock uses the clock of the process", () => {
    let now = 0;
    setExpressionClock(() => (now += 249));
    try {
      expect(run("l.all(x, l.all(y, x + y >= 0))", parameters, new Budget(limits))).toMatch(/^it takes longer than/);
    } finally {
      setExpressionClock(undefined);
    }
  });
});

test("every generated expression ends within its budget, with a value or a message, and the same count of steps", () => {
  const leaf = fc.constantFrom(
    "1",
    "2.5",
    "true",
    "null",
    '"a"',
    "s",
    "l",
    "text",
    "trees",
    "obj",
    "n",
    "x",
    'b"a"',
    "1u",
  );
  const { expression } = fc.letrec<{ expression: string }>((tie) => {
    const inner = tie("expression");
    const call = (...parts: (string | fc.Arbitrary<string>)[]) =>
      fc
        .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
        .map((all) => all.join(""));
    return {
      expression: fc.oneof(
        { maxDepth: 5 },
        leaf,
        call("(", inner, fc.constantFrom(" + ", " == ", " in ", " < ", " && ", " || ", " - "), inner, ")"),
        call(inner, fc.constantFrom(".map", ".filter", ".all", ".exists", ".exists_one"), "(x, ", inner, ")"),
        call(inner, fc.constantFrom(".size()", ".lowerAscii()", '.split("")', ".join()", ".hex()", ".trim()")),
        call(inner, fc.constantFrom(".contains", ".matches", ".indexOf", ".startsWith", ".split"), "(", inner, ")"),
        call(fc.constantFrom("string", "bytes", "int", "double", "size", "type", "dyn", "duration"), "(", inner, ")"),
        call("[", inner, ", ", inner, "]"),
        call('{"a": ', inner, "}"),
        call("cel.bind(x, ", inner, ", ", inner, ")"),
        call("(", inner, " ? ", inner, " : ", inner, ")"),
        call(inner, "[?", inner, "].orValue(", inner, ")"),
      ),
    };
  });
  const most = { ...EXPRESSION_LIMITS, steps: 20_000, values: 20_000 };
  fc.assert(
    fc.property(expression, (source) => {
      const compiled = compileExpression(source);
      if (!compiled.ok) return;
      const budget = new Budget(most);
      const value = evaluate(compiled.value, factsWith({ ...parameters, x: 1 }), names, undefined, budget);
      if (!value.ok) expect(value.error.message.length).toBeLessThan(1_000);
      expect(value.ok || value.error.message !== "").toBe(true);
      const again = new Budget(most);
      evaluate(compiled.value, factsWith({ ...parameters, x: 1 }), names, undefined, again);
      expect(again.spent).toBe(budget.spent);
    }),
    { numRuns: runs(400) },
  );
});

test("meter refuses an expression library that evaluates differently", () => {
  const other = { registerType: () => other, registerOperator: () => other, evaluate: () => true };
  expect(() => meter(other as never)).toThrow("the expression library evaluates differently than Baton expects");
});

test("map literals in an expression compare equal", () => {
  expect(run('dyn({"a": 1}) == dyn({"a": 1}) && dyn({}) == dyn({})')).toBe(true);
});

test("memoize drops its entries when their texts are too many characters", () => {
  let computed = 0;
  const remember = memoize((one: string) => {
    computed++;
    return one.length;
  });
  for (const one of ["a".repeat(400_000), "a", "b".repeat(400_000), "a"]) expect(remember(one)).toBe(one.length);
  expect(computed).toBe(4);
  expect(remember("a")).toBe(1);
  expect(computed).toBe(4);
});

test("join and split cost by the size of their input and give their usual results", () => {
  const given: JsonObject = { words: ["a", "b"], many: Array.from({ length: 40_000 }, () => "x".repeat(50)), n: 1 };
  expect(run('parameters.words.join("-")', given)).toBe("a-b");
  expect(run('"a-b".split("-")', given)).toEqual(["a", "b"]);
  expect(run("parameters.many.join('')", given)).toMatch(STEPS);
  // The language reports a type without this method itself.
  expect(run('dyn(parameters.n).join("-")', given)).toMatch(/join/);
});
