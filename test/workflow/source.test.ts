import { describe, expect, it } from "vitest";
import { mistakes, parsed } from "./command.ts";

const STEPS = "steps:\n  - { id: a, command: x }\n";

describe("texts that cannot be read", () => {
  it.each([
    ["name: a\nname: b\n", ["f.yaml:2:1: map keys must be unique"]],
    ['{"name": "a",\n "name": "b", "steps": [{"id": "a", "command": "b"}]}', ["f.yaml:2:2: map keys must be unique"]],
    ["name: [a", ["f.yaml:1:9: flow sequence in block collection must be sufficiently indented and end with a ]"]],
    ["\tname: a", ["f.yaml:1:1: tabs are not allowed as indentation"]],
    ["name: a\n---\nname: b", ["f.yaml:2:1: the file contains several documents; write one workflow per file"]],
    ["name: *nobody\nother: &nobody 1", ["f.yaml:1:7: alias *nobody has no anchor before it"]],
  ])("%j is refused with its line", (text, expected) => expect(mistakes({ text, file: "f.yaml" })).toEqual(expected));

  it("aliases that expand to far too much are refused", () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(`*${of}`).join(",")}]\n`;
    const text = `x: &x [1,1,1,1,1,1,1,1,1]\n${level("y", "x")}${level("z", "y")}${level("w", "z")}`;
    expect(mistakes({ text, file: "f.yaml" })).toEqual([
      "f.yaml: the text cannot be read: Excessive alias count indicates a resource exhaustion attack",
    ]);
    expect(mistakes({ text })).toHaveLength(1);
  });

  it("nesting of 100,000 levels is refused", () => {
    expect(mistakes({ text: "[".repeat(100_000) }).length).toBeGreaterThan(0);
    expect(mistakes({ text: `${"[".repeat(100_000)}${"]".repeat(100_000)}` }).length).toBeGreaterThan(0);
    expect(mistakes({ text: `name: ${'{"a":'.repeat(300)}1${"}".repeat(300)}` }).length).toBeGreaterThan(0);
  });

  it.each(["", "# nothing\n", "~"])("%j is refused because the text holds no workflow", (text) => {
    expect(mistakes({ text })).toEqual([
      expect.stringContaining('field "workflow": a workflow is an object with "name" and "steps", not null'),
    ]);
  });
});

describe("texts that can be read", () => {
  it("a text may have a byte order mark, anchors and merge keys; dates stay text", () => {
    const text = `\uFEFFname: w
steps:
  - &base { id: a, command: x, timeout: 5 }
  - { <<: *base, id: b }
context: { day: 2024-01-01, octal: 0o17, yes: yes, 1: one }
`;
    const { workflow, warnings } = parsed({ text });
    expect(workflow.steps.map(({ id, timeout }) => [id, timeout])).toEqual([
      ["a", 5],
      ["b", 5],
    ]);
    expect(workflow.context).toEqual({ day: "2024-01-01", octal: 15, yes: "yes", 1: "one" });
    expect(warnings).toEqual([]);
    expect(mistakes({ text: text.replace("timeout: 5", "timeout: -5") })).toEqual([
      expect.stringMatching(/^3:41: step "a", field "timeout"/),
      expect.stringMatching(/^4:5: step "b", field "timeout"/),
    ]);
  });

  it("an unknown YAML tag gives a warning", () => {
    expect(parsed({ text: `name: !secret w\n${STEPS}`, file: "f.yaml" }).warnings).toEqual([
      {
        severity: "warning",
        code: "syntax",
        message: "unresolved tag: !secret",
        at: { file: "f.yaml", line: 1, column: 7 },
      },
    ]);
  });

  it("mistakes behind an alias, and numbers that JSON cannot hold, are reported with their line", () => {
    const text = `name: w\nx: &e { A: [1] }\nsteps:\n  - id: a\n    command: x\n    environment: *e\ncontext: { n: .nan }\n`;
    expect(mistakes({ text })).toEqual([
      expect.stringContaining('2:1: field "x": unknown field "x".'),
      '2:12: step "a", field "environment.A": must be text, a number, true or false, not a list',
      '7:15: field "context.n": NaN is not a number that JSON can hold',
    ]);
  });

  it("a text over a megabyte reports lines too, and JSON may be indented with tabs", () => {
    const padding = JSON.stringify("x".repeat(1_000_001));
    const text = `{\n\t"name": "w",\n\t"steps": [{"id": "a", "command": 1}],\n\t"description": ${padding}\n}`;
    expect(mistakes({ text })).toEqual(['3:35: step "a", field "command": must be text, not the number 1']);
    expect(parsed({ text: text.replace(": 1}", ': "x"}') }).workflow.name).toBe("w");
  });

  it("a text that left the parse cache is parsed again to the same workflow", () => {
    const text = (n: number) => `name: w${n}\nsteps: [{ id: a, command: x }]\ndescription: ${"x".repeat(29_000)}\n`;
    for (let n = 0; n < 15; n++) expect(parsed({ text: text(n) }).workflow.name).toBe(`w${n}`);
    expect(parsed({ text: text(0) }).workflow.name).toBe("w0");
  });
});
