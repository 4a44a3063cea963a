import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoize } from "../../../src/model/memoize.ts";
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

/** `cel.bind(v1, …, cel.bind(v2, …v1…, …))`: each variable is made of the one before it, twice. */
const twice = (first: string, next: (before: string) => string, last: (variable: string) => string, levels = 40) => {
  let source = last(`v${levels}`);
  for (let at = levels; at > 0; at--) source = `cel.bind(v${at}, ${at === 1 ? first : next(`v${at - 1}`)}, ${source})`;
  return source;
};

const STEPS = /^it takes more than 300,000 steps, in "/;

describe("an expression that would take for ever ends its step", () => {
  test.each([
    ["maps inside each other", "l.map(x, l.map(y, l.map(z, x + y + z)))"],
    ["all inside all", "l.all(x, l.all(y, l.all(z, x + y + z >= 0)))"],
    ["errors that are swallowed", "l.exists(x, l.exists(y, y.foo.bar == 1))"],
    ["errors that an or swallows", "l.all(x, l.all(y, y.foo == 1 || true))"],
    ["optionals that swallow errors", "l.all(x, l.all(y, l[?99999].orValue(0) == 0))"],
    ["seven lists in a short text", `${"[1,2,3,4,5,6,7,8,9].map(x, ".repeat(7)}1${")".repeat(7)}`],
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
    ["text joined of one large text", 'l.map(x, text).join("")'],
    ["text split into characters", 'l.map(x, text.split(""))'],
    ["a search for half of the text", "text.contains(half)"],
    ["a search from the end", "text.lastIndexOf(half)"],
    ["a search in a list for each of it", "trees.all(x, x in trees)"],
    ["a text sought in a list", "l.all(x, text in l.map(y, text))"],
    ["a comparison of trees with each", "trees.all(x, trees == trees.map(y, y))"],
    ["counted characters", "l.all(x, text.size() > 0)"],
    ["characters put into lower case", "l.map(x, text.lowerAscii())"],
    ["bytes", "l.all(x, bytes(text).hex() != bytes(text).base64())"],
    ["bytes compared", "l.all(x, bytes(text) == bytes(text))"],
    ["JSON in bytes", 'l.all(x, bytes("[" + text + "]").json() == {})'],
    ["a number of many digits as a duration", `duration("${"1".repeat(5_000)}")`],
    ["time zones", 'l.all(x, timestamp("2024-01-01T00:00:00Z").getHours("Europe/Berlin") >= 0)'],
    ["one pattern on large texts", 'l.all(x, text.matches("a*c") || true)'],
    ["another pattern each time", 'l.all(x, "a".matches("(?:a?b?c?d?){4}" + string(x)) || true)'],
    ["the keys of a map, each time", "l.all(x, {'a': 1, 'b': 2}.all(k, l.all(y, true)))"],
  ])("%s", (_, source) => expect(run(source)).toMatch(STEPS));

  test("the same input takes the same number of steps", () => {
    const count = () => {
      const budget = new Budget();
      expect(run('trees.filter(t, t.k % 2 == 0 && "a".matches("^[a-z]$")).size()', parameters, budget)).toBe(1_000);
      return budget.spent;
    };
    expect(count()).toBe(count());
  });

  test("an error of the budget is not swallowed by what swallows errors", () => {
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

describe("results and data have a size", () => {
  test("a result that is small only as long as its parts are one", () => {
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

  test("such a value is no key, nor written out for a message", () => {
    const dag = (last: (variable: string) => string) => twice("[1, 1]", (v) => `[${v}, ${v}]`, last);
    for (const last of [(v: string) => `{${v}: 1}`, (v: string) => `{"a": 1}[${v}]`, (v: string) => `obj[${v}]`])
      expect(run(dag(last))).toMatch(/^a list or a map cannot be a key, at character \d+ of "/);
    expect(run("[1] in obj")).toMatch(/^a list or a map cannot be a key/);
    expect((run("obj[text + text]") as string).length).toBeLessThan(500);
  });

  test("more data than an expression may have before it", () => {
    const vast = { lists: Array.from({ length: 1_001 }, () => Array.from({ length: 1_000 }, () => 1)) };
    expect(run("parameters.lists.size()", vast)).toMatch(/^it reads data of more than 1,000,000 values, in "/);
    // What the text does not name is not made ready.
    expect(run("1 + 1", vast)).toBe(2);
  });
});

describe("what is compiled is bounded", () => {
  test("types do not grow with each other", () => {
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

  test("a number of more digits than any has", () => {
    expect(run(`l.exists(x, ${"9".repeat(9_000)} == x)`)).toMatch(/^compile: a number has more than 400 digits, in "/);
    expect(run("9223372036854775807")).toBe("9223372036854775807");
  });

  test.each([
    ["a long sum", `1${" + 1".repeat(1_900)}`, 1_901],
    ["deep parentheses", `${"(".repeat(90)}1${")".repeat(90)}`, 1],
    ["signs without end", `${"!".repeat(9_999)}true`, 'compile: too deeply nested, in "'],
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

  test("fit and differ as before", () => {
    expect(run('s.matches("^a+!$") && !s.matches("b") && "x-y".matches("^x\\\\-y$")')).toBe(true);
    expect(run("s.matches(n)")).toMatch(/no matching overload/);
  });
});

describe("the clock is only a backstop", () => {
  const limits = { ...EXPRESSION_LIMITS, milliseconds: 1_000 };
  const slow = (perLook: number) => {
    let now = 0;
    return new Budget({ ...limits, clock: () => (now += perLook) });
  };
  const busy = "l.all(x, l.exists(y, y > 5))";

  test("what takes longer ends, however few its steps", () => {
    expect(run("l.all(x, l.all(y, x + y >= 0))", parameters, slow(240))).toMatch(
      /^it takes longer than 1,000 ms, in "/,
    );
    expect(run(busy, parameters, slow(1))).toBe(true);
  });

  test("a process that was frozen did not work meanwhile", () =>
    expect(run(busy, parameters, slow(60_000))).toBe(true));

  test("the clock of the process is taken where none is given", () => {
    let now = 0;
    setExpressionClock(() => (now += 249));
    try {
      expect(run("l.all(x, l.all(y, x + y >= 0))", parameters, new Budget(limits))).toMatch(/^it takes longer than/);
    } finally {
      setExpressionClock(undefined);
    }
  });
});

test("whatever the expression, it ends within its steps, with a value or a sentence", () => {
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

test("a library that evaluates in another way is noticed at start", () => {
  const other = { registerType: () => other, registerOperator: () => other, evaluate: () => true };
  expect(() => meter(other as never)).toThrow("the expression library evaluates differently than Baton expects");
});

test("types of maps that are written in the expression are told apart", () => {
  expect(run('dyn({"a": 1}) == dyn({"a": 1}) && dyn({}) == dyn({})')).toBe(true);
});

test("what is made of texts is forgotten when the texts are many characters together", () => {
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

test("what is called on lists and text is charged by their size, and gives what it always gave", () => {
  const given: JsonObject = { words: ["a", "b"], many: Array.from({ length: 40_000 }, () => "x".repeat(50)), n: 1 };
  expect(run('parameters.words.join("-")', given)).toBe("a-b");
  expect(run('"a-b".split("-")', given)).toEqual(["a", "b"]);
  expect(run("parameters.many.join('')", given)).toMatch(STEPS);
  // On what has no such method the language says so itself.
  expect(run('dyn(parameters.n).join("-")', given)).toMatch(/join/);
});
