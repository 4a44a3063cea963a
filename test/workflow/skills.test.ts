import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { levels } from "../../src/workflow/graph/schedule.ts";
import type { Source } from "../../src/workflow/source/source.ts";
import { everyType, mistakes as mistakesOf, parsed as parsedFrom } from "./command.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/dialects");
const fixture = (file: string) => ({ text: readFileSync(join(FOLDER, file), "utf8"), file });
const options = { stepTypes: everyType };
const parsed = (source: Source, more = {}) => parsedFrom(source, { ...options, ...more });
const mistakes = (source: Source, more = {}) => mistakesOf(source, { ...options, ...more });
const skills = (...list: unknown[]) => ({ value: { name: "w", skills: list } });
function shape(source: Source): string[] {
  const { workflow } = parsed(source);
  return levels(compilePlan(workflow, everyType)).map((level) =>
    level.map((index) => workflow.steps[index]!.id).join(" "),
  );
}

describe("a list of skills", () => {
  it.each([
    ["shop-opening.yaml", ["street-survey", "window-dresser", "till-keeper"]],
    ["leak.yaml", ["house-keeper", "listener", "workshop", "house-keeper.do_it"]],
    ["yearly-review.yaml", ["archive", "weather neighbours", "planner"]],
  ])("the levels of %s follow the order of the list", (file, expected) =>
    expect(shape(fixture(file))).toEqual(expected),
  );

  it("each skill becomes a step with name, input, action and outputKey", () => {
    const { workflow, needs } = parsed(fixture("shop-opening.yaml"));
    expect(workflow).toMatchObject({ name: "shop_opening", description: "Everything before the first customer" });
    expect(workflow.steps.map(({ id, type, config, outputKey }) => ({ id, type, config, outputKey }))).toEqual([
      {
        id: "street-survey",
        type: "skill",
        config: { skill: "street-survey", input: { street: "{{street}}", depth: "thorough" } },
        outputKey: "survey",
      },
      {
        id: "window-dresser",
        type: "skill",
        config: { skill: "window-dresser", input: { street: "{{street}}", passers_by: "{{survey}}" } },
        outputKey: "window",
      },
      {
        id: "till-keeper",
        type: "skill",
        config: {
          skill: "till-keeper",
          action: "open_account",
          input: { street: "{{street}}", manner: "bold", words: "{{survey.words}}" },
        },
        outputKey: undefined,
      },
    ]);
    expect(needs.parameters).toEqual(["street"]);
  });

  it("a create_workflow_template call with skills_sequence is parsed as a list of skills", () => {
    const value = {
      action: "create_workflow_template",
      name: "own",
      description: "Mine",
      skills_sequence: [{ skill: "one", action: "look" }, { skill: "two" }],
    };
    expect(shape({ value })).toEqual(["one", "two"]);
    expect(parsed({ value }).workflow).toMatchObject({ name: "own", description: "Mine" });
    expect(mistakes({ value: { ...value, action: "delete" } })).toEqual([
      'field "action": must be "create_workflow_template"',
    ]);
  });

  it("adjacent skills with parallel: true run together; each group waits for the whole group before", () => {
    const entry = (skill: string, parallel?: boolean) => ({ skill, ...(parallel !== undefined && { parallel }) });
    expect(
      shape(
        skills(
          ...[entry("a", true), entry("b", true), entry("c"), entry("d", false)],
          ...[entry("e", true), entry("f", true), entry("g", true), entry("h")],
        ),
      ),
    ).toEqual(["a b", "c", "d", "e f g", "h"]);
    const { workflow } = parsed(skills(entry("a", true), entry("b", true), entry("c")));
    expect(workflow.dependencies).toEqual([
      { from: "a", to: "c", reason: "order of the list" },
      { from: "b", to: "c", reason: "order of the list" },
    ]);
  });

  it("each entry gets an id from its skill, action, agent or name", () => {
    const ids = (...list: unknown[]) => parsed(skills(...list)).workflow.steps.map(({ id }) => id);
    expect(
      ids(
        ...["Market Research!", { skill: "market-research" }, { skill: "Market-Research", action: "Übersicht: 2" }],
        ...[{ skill: "market research", action: "übersicht 2" }, { skill: "市場" }, { skill: "x", id: "own" }, "own"],
        ...[{ agent: "lead" }, { needs: ["tests"] }, { name: "Clean up", command: "true" }],
      ),
    ).toEqual([
      ...["Market-Research", "market-research-2", "Market-Research.Ubersicht-2", "market-research.ubersicht-2-2"],
      ...["step-5", "own", "own-2", "lead", "step-9", "Clean-up"],
    ]);
  });

  it("an entry takes every field of a step", () => {
    const { workflow } = parsed(
      skills("first", {
        skill: "second",
        ...{
          id: "s",
          name: "Second",
          description: "d",
          timeout: 5,
          retries: 2,
          retryDelay: 3,
          optional: true,
          risky: true,
        },
        ...{ condition: "on_failure(first)", verify: "true", outputKey: "k", onCrash: "fail", prompt: "Do it" },
        ...{ leaseSeconds: 9, fallback: "other", output: { type: "object" } },
      }),
    );
    expect(workflow.steps[1]).toMatchObject({
      ...{ id: "s", name: "Second", description: "d", timeout: 5, optional: true, risky: true, outputKey: "k" },
      ...{ condition: "on_failure(first)", onCrash: "fail", retry: { retries: 2, delay: 3 } },
      config: {
        ...{ skill: "second", prompt: "Do it", verify: [{ command: "true" }], leaseSeconds: 9 },
        ...{ fallback: [{ agent: "other" }], output: { type: "object" } },
      },
    });
    const kinds = parsed(skills({ agent: "a" }, { needs: "n" }, { command: "true" }, { skill: "s", type: "skill" }));
    expect(kinds.workflow.steps.map(({ type }) => type)).toEqual(["agent", "agent", "command", "skill"]);
  });

  it("dependencies that the author writes replace the order of the list for those steps", () => {
    const { workflow } = parsed({
      value: {
        ...skills("a", "b", "c").value,
        dependencies: [{ from: "a", to: "b", condition: "always", reason: "b cleans up" }],
        limits: [{ steps: ["a", "b"], max: 1 }],
        timeout: 5,
        context: { x: 1 },
      },
    });
    expect(workflow).toMatchObject({ timeout: 5, context: { x: 1 }, limits: [{ steps: ["a", "b"], max: 1 }] });
    expect(workflow.dependencies).toEqual([
      { from: "a", to: "b", condition: "always", reason: "b cleans up" },
      { from: "b", to: "c", reason: "order of the list" },
    ]);
  });

  it("a list of skills is accepted as the workflow of a call, beside context", () => {
    expect(parsed({ value: { workflow: skills("a").value, context: { x: 1 } } }).workflow.context).toEqual({ x: 1 });
  });
});

describe("mistakes in a list of skills", () => {
  it("place finds the line and field of a parsed skill step", () => {
    const { place } = parsed({ text: "skills:\n  - skill: a\n    output_key: k\n", file: "f.yaml" });
    const at = { file: "f.yaml", line: 3, column: 17, field: "skills[0].output_key" };
    expect(place(["steps", 0, "outputKey"])).toEqual(at);
    expect(parsed({ text: "steps: [{ id: a, command: x }]" }).place(["steps", 0, "command"])).toEqual({
      ...{ line: 1, column: 27, step: "a", field: "command" },
    });
  });

  it("each mistake is reported at its line and field", () => {
    const text = `name: w
timeut: 5
skills:
  - skill: one
    output_key: 5
    parallel: maybe
  - skil: two
    input: { a: "{{ missing }}", b: "{{ steps.x.output }}" }
  - 5
  - skill: three
    output_key: a
    outputKey: b
    retires: 3
    condition: on_success(on)
  - skill: four
    resources: {}
dependencies:
  - { from: one, to: fou }
`;
    expect(mistakes({ text, file: "f.yaml" }, { parameters: {} })).toEqual([
      'f.yaml:2:1: field "timeut": unknown field "timeut". Did you mean "timeout"?',
      'f.yaml:5:17: field "skills[0].output_key": must be text, not the number 5',
      'f.yaml:6:15: field "skills[0].parallel": must be true or false, a list, not the text "maybe"',
      'f.yaml:7:5: field "skills[1].skill": "skill" is missing',
      'f.yaml:7:5: field "skills[1].skil": unknown field "skil". Did you mean "skill"?',
      'f.yaml:8:17: field "skills[1].input.a": "missing" is neither an outputKey nor a parameter, in "missing". For a literal {{ write \\{{.',
      'f.yaml:8:37: field "skills[1].input.b": there is no step "x". For a literal {{ write \\{{.',
      'f.yaml:9:5: field "skills[2]": must be an object with "skill"',
      'f.yaml:11:5: field "skills[3].output_key": "output_key" and "outputKey" are the same field',
      'f.yaml:13:5: field "skills[3].retires": unknown field "retires". Did you mean "retries"?',
      'f.yaml:14:16: field "skills[3].condition": there is no step "on". Did you mean "one"?',
      'f.yaml:16:5: field "skills[4].resources": "resources" is not supported yet',
      'f.yaml:18:22: field "dependencies[0].to": there is no step "fou". Did you mean "four"?',
    ]);
  });

  it("a cycle names the order of the list as its reason", () => {
    const text = "skills:\n  - skill: a\n    input: { x: '{{k}}' }\n  - skill: b\n    output_key: k\n";
    expect(mistakes({ text })).toEqual([
      '2:5: field "skills[0]": these steps wait for each other: a → b → a. Remove one of these dependencies: a → b: order of the list; b → a: "a" reads the result of "b".',
    ]);
  });

  it("adjacent parallel skills that wait for each other are refused", () => {
    const list = [
      { skill: "a", parallel: true, output_key: "k" },
      { skill: "b", parallel: true, input: "{{k}}" },
      { skill: "c", parallel: false },
      { skill: "d", parallel: true, input: "{{k}}" },
    ];
    expect(mistakes(skills(...list))).toEqual([
      'field "skills[1]": "a" and "b" are declared parallel, but "b" waits for "a". Remove one of them from "parallel".',
    ]);
  });

  it.each<[object, string[]]>([
    [{ skills: {} }, ['field "skills": must be a list of skills']],
    [{ skills: [] }, ['field "skills": a workflow needs at least one step']],
    [{ skills: [null] }, ['field "skills[0]": must be an object with "skill"']],
    [
      { skills: ["a"], steps: [], phases: [] },
      [
        'field "skills": a workflow has "steps" or "skills", not both. Keep only one of them.',
        'field "phases": a workflow has "steps" or "phases", not both. Keep only one of them.',
      ],
    ],
    [
      {
        skills: [
          { skill: "a", id: "a b" },
          { skill: "b", id: 5 },
        ],
      },
      [
        'field "skills[0].id": "a b" is not a step id. Ids are letters, digits, _ . and -, begin with a letter, a digit or _, and have at most 128 characters.',
        'field "skills[1].id": must be text, not the number 5',
      ],
    ],
    [
      {
        skills: [
          { skill: "a", id: "x" },
          { skill: "b", id: "x" },
        ],
      },
      ['field "skills[1].id": duplicate id: skills[0] already has the id "x". Give each step its own id.'],
    ],
    [{ skills: ["a"], dependencies: 5 }, ['field "dependencies": must be a list, not the number 5']],
    [{ skills: ["a"], context: { f: () => 1 } }, ['field "context.f": a value of type function is not plain data']],
  ])("a list of skills is refused: %j", (value, expected) => expect(mistakes({ value })).toEqual(expected));

  it('more skills than maxSteps are refused under the field "skills"', () => {
    expect(mistakes(skills("a", "b", "c"), { maxSteps: 2 })).toEqual([
      'field "skills": 3 steps are more than the limit of 2. Raise maxSteps in the configuration (or BATON_MAX_STEPS), up to 100,000.',
    ]);
  });
});
