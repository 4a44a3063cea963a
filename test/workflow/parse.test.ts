import { describe, expect, it } from "vitest";
import { z } from "zod";
import { command, mistakes, parse, parsed } from "./command.ts";

const workflow = (steps: unknown[], more: object = {}) => ({ value: { name: "w", steps, ...more } });
const step = (id: string, more: object = {}) => ({ id, command: "true", ...more });

describe("the shape of a workflow", () => {
  it("all mistakes are reported at once, each with its line and field", () => {
    const text = `name: CI
timout: 5
steps:
  - id: checkout
    command: git clone {{ repo }} {{ paramters.x }}
    timeout: -4
  - id: build-api
    cmd: make
    retires: 3
    condition: on_success(chekout) && steps.build-api.output == 1
  - id: Checkout
    command: "true"
  - id: a
    command: echo {{ steps.c.output }}
  - id: b
    command: x
    condition: on_success(a)
  - id: c
    command: x
    environment: { A: 5, B: [1] }
    parallel: [a, zz]
dependencies:
  - { from: b, to: c }
  - { from: b, to: b, type: start_to_begin }
  - { from: b, to: q, condition: succes }
`;
    expect(mistakes({ text, file: "ci.yaml" }, { parameters: { repo2: 1 } })).toEqual([
      'ci.yaml:2:1: field "timout": unknown field "timout". Did you mean "timeout"?',
      'ci.yaml:5:14: step "checkout", field "command": "repo" is neither an outputKey nor a parameter, in "repo". Did you mean "repo2"? For a literal {{ write \\{{.',
      'ci.yaml:5:14: step "checkout", field "command": "paramters" is neither an outputKey nor a parameter, in "paramters.x". Did you mean "parameters"? For a literal {{ write \\{{.',
      'ci.yaml:6:14: step "checkout", field "timeout": must be at least 1, not -4. Write whole milliseconds, or text such as "250ms", "5s", "10m", "1h30m", "2d".',
      'ci.yaml:7:5: step "build-api", field "command": "command" is missing',
      'ci.yaml:8:5: step "build-api", field "cmd": unknown field "cmd". Write "command" instead.',
      'ci.yaml:9:5: step "build-api", field "retires": unknown field "retires". Did you mean "retries"?',
      'ci.yaml:10:16: step "build-api", field "condition": there is no step "chekout". Did you mean "checkout"?',
      'ci.yaml:10:16: step "build-api", field "condition": this form cannot read step "build-api", in "on_success(chekout) && steps.build-api.output == 1". Write steps["build-api"]: only plain words can follow a dot.',
      'ci.yaml:11:9: step "Checkout", field "id": duplicate id: steps[0] already has the id "checkout". Ids must differ in more than upper and lower case.',
      'ci.yaml:13:5: step "a": these steps wait for each other: a → b → c → a. Remove one of these dependencies: a → b is the condition of "b"; b → c is dependencies[0]; c → a: "a" reads the result of "c".',
      'ci.yaml:20:29: step "c", field "environment.B": must be text, a number, true or false, not a list',
      'ci.yaml:21:19: step "c", field "parallel[1]": there is no step "zz"',
      'ci.yaml:24:5: field "dependencies[1]": step "b" depends on itself. Remove this dependency.',
      'ci.yaml:24:29: field "dependencies[1].type": must be one of "finish_to_start", "start_to_start", "finish_to_finish", "start_to_finish", not the text "start_to_begin". Did you mean "start_to_start"?',
      'ci.yaml:25:20: field "dependencies[2].to": there is no step "q"',
      'ci.yaml:25:34: field "dependencies[2].condition": must be one of "success", "failure", "always", not the text "succes". Did you mean "success"?',
    ]);
  });

  it.each<[unknown, string[]]>([
    [undefined, ['field "workflow": a workflow is an object with "name" and "steps", not nothing']],
    [null, ['field "workflow": a workflow is an object with "name" and "steps", not null']],
    [[], ['field "workflow": a workflow is an object with "name" and "steps", not a list']],
    [5, ['field "workflow": a workflow is an object with "name" and "steps", not the number 5']],
    [{ name: "", steps: [] }, ['field "name": must not be empty', 'field "steps": a workflow needs at least one step']],
    [
      { name: 1, steps: {} },
      ['field "name": must be text, not the number 1', 'field "steps": must be a list, not an object'],
    ],
    [{ name: "w", steps: [1] }, ['field "steps[0]": must be an object, not the number 1']],
    [
      { name: "w", steps: [{}] },
      ['field "steps[0].command": "command" is missing', 'field "steps[0].id": "id" is missing'],
    ],
    [
      { name: "w", steps: [{ id: "a b", command: true }] },
      [
        'step "a b", field "command": must be text, not true',
        'step "a b", field "id": "a b" is not a step id. Ids are letters, digits, _ . and -, begin with a letter, a digit or _, and have at most 128 characters.',
      ],
    ],
    [
      { name: "w", steps: [step("a", { type: "comand" })] },
      ['step "a", field "type": must be "command", not the text "comand". Did you mean "command"?'],
    ],
    [
      { name: "w", steps: [step("a", { type: "approval" })] },
      ['step "a", field "type": "approval" is not supported yet. Supported: "command".'],
    ],
    [
      { name: "w", steps: [step("a", { needs: ["b"], secrets: [], retryPolicy: { retries: 1 } })] },
      [
        'step "a", field "retryPolicy.retries": unknown field "retries". Known here: maxRetries, retryDelay, backoffMultiplier, maxDelay.',
        'step "a", field "needs[0]": there is no step "b"',
        'step "a", field "secrets": "secrets" is not supported yet',
      ].sort((a) => (a.includes("retryPolicy") ? -1 : 1)),
    ],
    [
      { name: "w", steps: [step("a", { retries: 1.5, timeout: 1e12, parallel: ["-"], outputKey: "x".repeat(200) })] },
      [
        'step "a", field "timeout": must be at most 31,536,000,000. Write whole milliseconds, or text such as "250ms", "5s", "10m", "1h30m", "2d".',
        'step "a", field "retries": must be a whole number, not the number 1.5',
        'step "a", field "outputKey": must be at most 128 characters long',
        'step "a", field "parallel[0]": "-" is not a step id. Ids are letters, digits, _ . and -, begin with a letter, a digit or _, and have at most 128 characters.',
      ],
    ],
    [
      { name: "w", steps: [step("a", { depends_on: "b", zzz: 1 })], context: 1, errorHandling: { retry: {} } },
      [
        'field "context": must be an object, not the number 1',
        'field "errorHandling.retry": unknown field "retry". Known here: retryPolicy.',
        'step "a", field "depends_on": unknown field "depends_on". Write "dependsOn" instead.',
        'step "a", field "zzz": unknown field "zzz". Known here: id, name, description, timeout, retries, retryDelay, retryPolicy, condition, onCrash, outputKey, optional, risky, parallel, type, dependsOn, command, environment, workingDirectory.',
      ],
    ],
    [
      { name: "w", steps: [step("a", { parallel: 3, environment: [] })] },
      [
        'step "a", field "environment": must be an object, not a list',
        'step "a", field "parallel": must be true or false, a list, not the number 3',
      ],
    ],
    [
      {
        name: "w",
        steps: [step("a", { environment: { "A B": {}, C: null } })],
        dependencies: [{ from: "a", conditions: 1 }, null],
      },
      [
        'field "dependencies[0].conditions": unknown field "conditions". Did you mean "condition"?',
        'field "dependencies[0].to": "to" is missing',
        'field "dependencies[1]": must be an object, not null',
        'step "a", field "environment["A B"]": must be text, a number, true or false, not an object',
        'step "a", field "environment.C": must be text, a number, true or false, not null',
      ],
    ],
  ])("parseWorkflow reports the mistakes of %j", (value, expected) =>
    expect(mistakes({ value }).sort()).toEqual([...expected].sort()),
  );

  it("ids and keys such as constructor and __proto__ are allowed", () => {
    const value = JSON.parse(
      '{"name":"w","steps":[{"id":"constructor","command":"echo {{ steps[\\"__proto__\\"].output }}"},{"id":"__proto__","command":"x","outputKey":"toString"},{"id":"c","command":"echo {{toString}}"}],"context":{"__proto__":1,"constructor":2}}',
    );
    const { workflow } = parsed({ value });
    expect(workflow.steps.map(({ id }) => id)).toEqual(["constructor", "__proto__", "c"]);
    expect(Object.entries(workflow.context)).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
    expect(mistakes({ text: '{"name":"w","__proto__":1,"constructor":2,"steps":[{"id":"a","command":"b"}]}' })).toEqual(
      [
        '1:13: field "__proto__": unknown field "__proto__". Known here: name, version, description, parameters, dependencies, limits, timeout, context, errorHandling, parallel, steps.',
        '1:27: field "constructor": unknown field "constructor". Known here: name, version, description, parameters, dependencies, limits, timeout, context, errorHandling, parallel, steps.',
      ],
    );
  });

  it("inline values that are not plain data are refused", () => {
    const value = {
      name: "w",
      steps: [step("a")],
      context: { when: new Date(0), f: () => 1, n: Number.NaN, u: undefined, l: [1n] },
    };
    expect(mistakes({ value })).toEqual([
      'field "context.when": a value of type Date is not plain data',
      'field "context.f": a value of type function is not plain data',
      'field "context.n": NaN is not a number that JSON can hold',
      'field "context.l[0]": a value of type bigint is not plain data',
    ]);
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(mistakes({ value: { workflow: { ...workflow([step("a")]).value, context: loop } } })).toEqual([
      'field "context.self": nested deeper than 100 levels',
    ]);
    expect(mistakes({ value: Object.create({ constructor: 5 }) })[0]).toBe(
      'field "workflow": a value of type object is not plain data',
    );
  });

  it("more steps than maxSteps are refused, and the hint says how to raise the limit", () => {
    const steps = Array.from({ length: 4 }, (_, i) => step(`s${i}`, i === 0 ? { x: 1 } : {}));
    expect(mistakes(workflow(steps), { maxSteps: 3 })).toEqual([
      'field "steps": 4 steps are more than the limit of 3. Raise maxSteps in the configuration (or BATON_MAX_STEPS), up to 100,000.',
      expect.stringContaining('unknown field "x"'),
    ]);
    const many = Array.from({ length: 100_001 }, () => 1);
    expect(mistakes(workflow(many), { maxSteps: 100_000 })).toEqual([
      'field "steps": 100,001 steps are more than the limit of 100,000. Split it into several workflows.',
    ]);
  });

  it("at most 200 mistakes are listed, with the number of the others", () => {
    const listed = mistakes(workflow(Array.from({ length: 1000 }, (_, i) => step(`s${i}`, { x: 1 }))));
    expect(listed).toHaveLength(201);
    expect(listed[200]).toBe('field "workflow": 800 more mistakes are not listed');
    expect(mistakes({ text: JSON.stringify(workflow(Array(300).fill(1)).value), file: "f.json" })[200]).toContain(
      "100 more",
    );
    const hinted = Array.from({ length: 300 }, (_, i) => step(`s${i}`, { command: `{{ s${i} }}` }));
    expect(parsed(workflow(hinted)).warnings).toHaveLength(200);
  });
});

describe("a workflow inside a call", () => {
  it("context beside a workflow overrides the context inside the workflow", () => {
    const value = { workflow: workflow([step("a")], { context: { x: 1, y: 1 } }).value, context: { y: 2 } };
    expect(parsed({ value }).workflow.context).toEqual({ x: 1, y: 2 });
  });

  it("unknown fields beside a workflow are refused", () => {
    const text =
      '{"workflow": {"name": "w", "steps": [{"id": "a", "command": 5}]},\n "contxt": {}, "debug": {}, "zzz": 1, "context": 3}';
    expect(mistakes({ text })).toEqual([
      '2:2: field "contxt": unknown field "contxt". Did you mean "context"?',
      '2:16: field "debug": "debug" is not supported yet',
      '2:29: field "zzz": unknown field "zzz". Besides "workflow", only "context" is allowed.',
      '2:50: field "context": must be an object',
      '1:61: step "a", field "command": must be text, not the number 5',
    ]);
  });
});

describe("names that expressions read", () => {
  const reading = workflow(
    [
      step("a", { outputKey: "report" }),
      step("b", {
        command: "x {{ report }} {{ parameters.p }} {{ q }} {{ context.c }} {{ parameters.?o.orValue(1) }}",
      }),
    ],
    { context: { d: 1 } },
  );

  it("parsed.needs lists the parameters and context that a caller must give", () => {
    expect(parsed(reading)).toMatchObject({ warnings: [], needs: { parameters: ["p", "q"], context: ["c"] } });
  });

  it("parameters and context that a caller does not give are refused", () => {
    expect(mistakes(reading, { parameters: {} })).toEqual([
      'step "b", field "command": parameter "p" is used but has no value, in "parameters.p". For a literal {{ write \\{{.',
      'step "b", field "command": "q" is neither an outputKey nor a parameter, in "q". For a literal {{ write \\{{.',
      'step "b", field "command": context has no "c", in "context.c". Pass "c" in context.',
    ]);
    const given = { parameters: { p: 1, q: 2, unused: 3 }, context: { c: 3 } };
    expect(parsed(reading, given).needs).toEqual({ parameters: ["p", "q"], context: [] });
  });

  it("a warning says that a name was probably meant otherwise", () => {
    const value = workflow([
      step("build", { outputKey: "report" }),
      step("b", { command: "{{ reprot }} {{ build.output }}", condition: "parameters.my-key > 1 && failure" }),
    ]);
    const { warnings } = parsed(value);
    expect(warnings.map(({ message, hint, severity }) => [severity, message, hint])).toEqual([
      [
        "warning",
        '"failure" means a parameter here, in "parameters.my-key > 1 && failure"',
        "Write on_failure(build), with the ids of the steps.",
      ],
      ["warning", '"reprot" means a parameter here, in "reprot"', 'Did you mean "report"?'],
      [
        "warning",
        '"build" means a parameter here, in "build.output"',
        'Write steps["build"].output for the output of that step.',
      ],
    ]);
  });

  it("duplicate outputKeys and unknown steps are refused", () => {
    const value = workflow([
      step("a", { outputKey: "x" }),
      step("b", { outputKey: "x" }),
      step("c", { outputKey: "int", command: "{{ steps.d.output }}", condition: "on_failure(aa)" }),
      step("v1.2", { outputKey: "p", command: "{{ steps.v1.2.output }}" }),
    ]);
    expect(mistakes(value, { parameters: { p: 1 } })).toEqual([
      'step "b", field "outputKey": outputKey "x" is also the outputKey of step "a". Choose another name.',
      'step "c", field "outputKey": outputKey "int" is a word of the expression language. Choose another name.',
      'step "v1.2", field "outputKey": outputKey "p" is also the name of a parameter. Choose another name.',
      'step "c", field "condition": there is no step "aa". Did you mean "a"?',
      'step "c", field "command": there is no step "d". For a literal {{ write \\{{.',
      expect.stringContaining('step "v1.2", field "command"'),
    ]);
    expect(mistakes(workflow([step("v1.2"), step("b", { command: "{{ steps.v1.2.output }}" })]))).toEqual([
      expect.stringMatching(/^step "b", field "command": /),
    ]);
    expect(
      mistakes(workflow([step("x"), step("b", { condition: "missing && steps.x-y.output" })], {}), { parameters: {} }),
    ).toHaveLength(2);
  });

  it("a step that reads its own result or asks about itself is refused", () => {
    const value = workflow([
      step("a", { command: "{{ steps.a.output }} {{ k }}", condition: "on_success(a)", outputKey: "k" }),
    ]);
    expect(mistakes(value)).toEqual([
      'step "a", field "condition": the condition of step "a" refers to the step itself',
      'step "a", field "command": step "a" reads its own result',
      'step "a", field "command": step "a" reads its own result',
    ]);
  });

  it("broken expressions, braces and quotes are reported", () => {
    const value = workflow([
      step("a", { command: "{{ 1 + }} `{{ x }}`", condition: "(" }),
      step("b", { environment: { A: "{{ x" }, workingDirectory: '{{ "a" + 1 }}' }),
    ]);
    const result = parse(value);
    expect(
      result.ok ? [] : result.error.map(({ code, at, message, hint }) => [at.step, at.field, code, message, hint]),
    ).toEqual([
      ["a", "condition", "expression", 'the expression ends too early, in "("', undefined],
      ["a", "command", "expression", 'the expression ends too early, in "1 +"', "For a literal {{ write \\{{."],
      [
        "a",
        "command",
        "interpolation",
        '"{{ x }}" stands inside backticks, where Baton cannot pass a value safely',
        "Write $(…) instead of backticks.",
      ],
      ["b", "environment.A", "interpolation", '"{{ x" has no closing }}', "For a literal {{ write \\{{."],
      [
        "b",
        "workingDirectory",
        "expression",
        'no such overload: string + int, at character 1 of ""a" + 1"',
        "To join text and other values, convert them with string(…). For a literal {{ write \\{{.",
      ],
    ]);
  });
});

describe("the order of steps", () => {
  const edge = (from: string, to: string) => ({ from, to });

  it("a long cycle is printed by its ends, and each group of cycles once", () => {
    const ring = (name: string, size: number) =>
      Array.from({ length: size }, (_, i) => edge(`${name}${i}`, `${name}${(i + 1) % size}`));
    const steps = ["a", "b"].flatMap((name) => Array.from({ length: 20 }, (_, i) => step(`${name}${i}`)));
    const found = mistakes(workflow(steps, { dependencies: [...ring("a", 20), ...ring("b", 2)] }));
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(
      /^field "dependencies\[19\]": these steps wait for each other: a0 → a1 → a2 → a3 → a4 → a5 → \(9 more\) → a15 → a16 → a17 → a18 → a19 → a0\. Remove one of these dependencies: a0 → a1 is dependencies\[0\]; .*; …\.$/,
    );
    expect(found[1]).toContain("b0 → b1 → b0");
  });

  it("cycles that conditions close are refused", () => {
    const steps = [step("a", { condition: "on_failure(b)" }), step("b", { condition: "on_success(a)" })];
    expect(mistakes(workflow(steps))).toEqual([
      'step "a", field "condition": these steps wait for each other: a → b → a. Remove one of these dependencies: a → b is the condition of "b"; b → a is the condition of "a".',
    ]);
  });

  it("steps declared parallel are refused if one waits for the other", () => {
    const steps = ["a", "b", "c", "d"].map((id) => step(id));
    const dependencies = [edge("a", "b"), edge("b", "c")];
    const hint = 'Remove one of them from "parallel", or remove the path.';
    expect(mistakes(workflow(steps, { dependencies, parallel: ["a", "c", "d", "e"] }))).toEqual([
      'field "parallel[3]": there is no step "e"',
      `field "parallel": "a" and "c" are declared parallel, but "c" waits for "a": a → b → c. ${hint}`,
    ]);
    expect(mistakes(workflow(steps, { dependencies, parallel: true }))).toEqual([
      `field "parallel": "a" and "b" are declared parallel, but "b" waits for "a": a → b. ${hint}`,
    ]);
    expect(mistakes(workflow(steps, { dependencies, parallel: false }))).toEqual([]);
    expect(mistakes(workflow(steps, { parallel: true }))).toEqual([]);
    const marked = [step("a", { parallel: true }), step("b"), step("c", { parallel: true })];
    expect(mistakes(workflow(marked, { dependencies }))).toEqual([
      `step "c", field "parallel": "a" and "c" are declared parallel, but "c" waits for "a": a → b → c. ${hint}`,
    ]);
    const listed = [step("a", { parallel: ["c", "a"] }), step("b"), step("c", { parallel: ["a"] })];
    expect(mistakes(workflow(listed, { dependencies }))).toEqual([
      `step "a", field "parallel": "a" and "c" are declared parallel, but "c" waits for "a": a → b → c. ${hint}`,
      `step "c", field "parallel": "a" and "c" are declared parallel, but "c" waits for "a": a → b → c. ${hint}`,
    ]);
  });

  it('more than 1,000 steps with lists under "parallel" are refused', () => {
    const steps = Array.from({ length: 1002 }, (_, i) => step(`s${i}`, { parallel: ["s0"] }));
    expect(mistakes(workflow(steps))).toEqual([
      'step "s1000", field "parallel": more than 1,000 steps have a list under "parallel". Write one list under the workflow\'s "parallel".',
    ]);
  });
});

it("fields of any step type are read, and mistakes that its schema finds are reported", () => {
  const even = {
    type: "even",
    fields: {
      count: z.number().multipleOf(2),
      inner: z.strictObject({}).optional(),
      code: z.string().regex(/^x$/).optional(),
    },
    templates: {},
  };
  const value = workflow([{ id: "a", type: "even", count: 3, inner: { x: 1 }, code: "y" }]).value;
  expect(mistakes({ value }, { stepTypes: [command, even] })).toEqual([
    'step "a", field "count": must be a multiple of 2',
    'step "a", field "inner.x": unknown field "x"',
    'step "a", field "code": must match /^x$/',
  ]);
});

it("parseWorkflow needs at least one step type", () => {
  expect(() => parse(workflow([step("a")]), { stepTypes: [] })).toThrow("a workflow needs at least one step type");
  const wait = { type: "wait", fields: {}, templates: {} };
  const { workflow: read } = parsed(workflow([{ id: "w", type: "wait" }, step("a")]), { stepTypes: [command, wait] });
  expect(read.steps.map(({ type, config }) => [type, config])).toEqual([
    ["wait", {}],
    ["command", { command: "true" }],
  ]);
  expect(mistakes(workflow([{ id: "a" }]), { stepTypes: [wait] })).toEqual([
    'step "a", field "type": "type" is missing',
  ]);
});
