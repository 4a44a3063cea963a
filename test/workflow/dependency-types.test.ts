import { describe, expect, it } from "vitest";
import { drawText, mermaid } from "../../src/workflow/draw/drawing.ts";
import { mistakes, parsed, planOf } from "./command.ts";

type Tie = { from: string; to: string; type?: string; condition?: string };
const SHORT: Readonly<Record<string, string>> = {
  FS: "finish_to_start",
  SS: "start_to_start",
  FF: "finish_to_finish",
  SF: "start_to_finish",
};
/** Reads `a FF b` and `a SS b failure`. */
const ties = (...all: string[]): Tie[] =>
  all.map((text) => {
    const [from, type, to, condition] = text.split(" ");
    return { from: from!, to: to!, type: SHORT[type!]!, ...(condition && { condition }) };
  });
const workflow = (dependencies: Tie[], steps: Record<string, object> = {}, more: object = {}) => ({
  value: {
    name: "w",
    steps: ["a", "b", "c"].map((id) => ({ id, command: "true", ...steps[id] })),
    dependencies,
    ...more,
  },
});

it("parseWorkflow keeps the dependency types; finish_to_start, the default, is left out", () => {
  const { dependencies } = parsed(workflow(ties("a FS b", "a SS c always", "b FF c"))).workflow;
  expect(dependencies).toEqual([
    { from: "a", to: "b" },
    { from: "a", to: "c", type: "start_to_start", condition: "always" },
    { from: "b", to: "c", type: "finish_to_finish" },
  ]);
});

describe("dependencies that deadlock", () => {
  it.each([
    [
      ["a FF b", "b FS a"],
      'field "dependencies[0]": these steps wait for each other: start of a → finish of a → finish of b → start of a. Remove one of these dependencies: a → b is dependencies[0] (finish_to_finish); b → a is dependencies[1].',
    ],
    [
      ["a SS b", "b SS a"],
      'field "dependencies[1]": these steps wait for each other: start of a → start of b → start of a. Remove one of these dependencies: a → b is dependencies[0] (start_to_start); b → a is dependencies[1] (start_to_start).',
    ],
    [
      ["a FF b", "b FF a"],
      'field "dependencies[1]": these steps wait for each other: finish of a → finish of b → finish of a. Remove one of these dependencies: a → b is dependencies[0] (finish_to_finish); b → a is dependencies[1] (finish_to_finish).',
    ],
    [
      ["a SF b", "b FS c", "c SS a"],
      'field "dependencies[2]": these steps wait for each other: start of a → finish of b → start of c → start of a. Remove one of these dependencies: a → b is dependencies[0] (start_to_finish); b → c is dependencies[1]; c → a is dependencies[2] (start_to_start).',
    ],
  ])("steps wait for each other: %s", (pairs, expected) => {
    const [text, ...others] = mistakes(workflow(ties(...pairs)));
    expect(others).toEqual([]);
    // The cycle may be reported from any of its starts and finishes.
    const loop = (said: string) =>
      /: (?=start of|finish of)(.*?)\. Remove/.exec(said)![1]!.split(" → ").slice(1).sort();
    expect(loop(text!)).toEqual(loop(expected).sort());
    const reasons = (said: string) => /these dependencies: (.*)\.$/.exec(said)![1]!.split("; ").sort();
    expect(reasons(text!)).toEqual(reasons(expected));
  });

  it.each([
    [["a SS b", "b FF a"]],
    [["a SF b", "b SF a"]],
    [["a SF b", "b SS a"]],
    [["a SS b", "a FF b", "a SF b", "a FS c"]],
  ])("dependencies without a deadlock are accepted: %s", (pairs) => {
    expect(mistakes(workflow(ties(...pairs)))).toEqual([]);
  });

  it("a condition or read data closes a cycle, as finish_to_start does", () => {
    const [text] = mistakes(workflow(ties("b FF a"), { b: { command: "echo {{ steps.a.output }}" } }));
    expect(text).toContain('a → b: "b" reads the result of "a"');
    expect(text).toContain("b → a is dependencies[0] (finish_to_finish)");
    // A start_to_start edge does not replace the edge that waits for the result.
    expect(planOf({ a: {}, b: { command: "{{ steps.a.output }}" } }, ties("a SS b")).edges).toHaveLength(2);
  });
});

describe("contradictory dependency conditions", () => {
  const hint = 'Remove one of them, or write condition: "always" where only the order matters.';
  it.each([
    [
      ["a SS b", "a SS b failure"],
      "a → b is dependencies[0] (start_to_start) and demands success; a → b is dependencies[1] (start_to_start) and demands failure",
    ],
    [
      ["a FS b", "a FF b failure"],
      "a → b is dependencies[0] and demands success; a → b is dependencies[1] (finish_to_finish) and demands failure",
    ],
    [
      ["a SF b failure", "a FS b success"],
      "a → b is dependencies[0] (start_to_finish) and demands failure; a → b is dependencies[1] and demands success",
    ],
  ])("dependencies that no end of the first step satisfies are refused: %s", (pairs, demands) => {
    expect(mistakes(workflow(ties(...pairs)))).toEqual([
      `field "dependencies[1]": however "a" ends, "b" cannot complete: ${demands}. ${hint}`,
    ]);
  });

  it("a dependency on failure contradicts a template that reads the result", () => {
    expect(mistakes(workflow(ties("a SS b failure"), { b: { command: "{{ steps.a.output }}" } }))).toEqual([
      `field "dependencies[0]": however "a" ends, "b" cannot complete: a → b is dependencies[0] (start_to_start) and demands failure; a → b: "b" reads the result of "a" and demands success. ${hint}`,
    ]);
  });

  it("conditions always and a condition on the step remove the contradiction", () => {
    expect(mistakes(workflow(ties("a SS b failure", "a FS b"), { b: { condition: "always" } }))).toEqual([]);
    expect(mistakes(workflow(ties("a SS b failure", "a FS b failure", "a FF b always")))).toEqual([]);
  });
});

describe("steps that are declared parallel", () => {
  it("parallel steps are refused if the start or finish of one waits for the other", () => {
    for (const type of ["SS", "FF", "SF"]) {
      expect(mistakes(workflow(ties(`a ${type} b`), {}, { parallel: ["a", "b"] }))[0]).toContain(
        '"a" and "b" are declared parallel, but "b" waits for "a": a → b',
      );
    }
  });

  it("parallel steps are accepted if no chain of edges leads from one to the other", () => {
    // The finish of b waits for a, and the start of c waits for the start of b.
    expect(mistakes(workflow(ties("a FF b", "b SS c"), {}, { parallel: ["a", "c"] }))).toEqual([]);
    expect(mistakes(workflow(ties("a FF b", "b FS c"), {}, { parallel: ["a", "c"] }))[0]).toContain("a → b → c");
  });
});

describe("drawings of dependency types", () => {
  const plan = planOf(
    { a: {}, b: {}, c: {}, d: {} },
    ties("a SS b", "b FF a", "a FS c", "b SF c always", "a FS d", "a FF d"),
  );
  const text = (result: ReturnType<typeof mermaid>) => (result.ok ? result.value : result.error.message);

  it("drawText names the dependency types and puts a step under the step that its start waits for", () => {
    expect(text(drawText(plan))).toBe(`test: 4 steps, 2 levels

a  · held back by b (finishes after it)
├─ b  · once it has started
├─ c  · held back by b (finishes once it has started, however it ends)
└─ d  · finishes after it
`);
  });

  it("mermaid draws --o for a dependency that holds back only the finish", () => {
    expect(text(mermaid(plan)).split("\n").slice(5, -1)).toEqual([
      "  s0 -->|start_to_start| s1",
      "  s1 --o|finish_to_finish| s0",
      "  s0 --> s2",
      "  s1 --o|start_to_finish, always| s2",
      "  s0 -->|finish_to_finish| s3",
    ]);
  });
});
