import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ProjectTop } from "../../src/project/detect-checks.ts";
import { detectStack, fitOf } from "../../src/project/languages.ts";

const project = (files: Record<string, string>): ProjectTop => ({
  names: new Set(Object.keys(files)),
  read: (name) => files[name],
});
const stackOf = (files: Record<string, string>) => detectStack(project(files));
const agent = (name: string, description = "", tags: string[] = [], keywords: string[] = []) => ({
  ...{ name, description, tags },
  triggers: { keywords },
});

describe("what a project is written in", () => {
  test.each<[string, Record<string, string>, string[], string[]]>([
    ["nothing known", { "README.md": "" }, [], []],
    ["JavaScript, by its manifest", { "package.json": "{}" }, ["javascript"], []],
    ["TypeScript, by its settings", { "package.json": "{}", "tsconfig.json": "{}" }, ["typescript", "javascript"], []],
    ["Python, by a file alone", { "tool.py": "" }, ["python"], []],
    ["Go", { "go.mod": "module x" }, ["go"], []],
    ["C#, by the end of a file's name", { "App.csproj": "" }, ["csharp"], []],
    [
      "frameworks, as dependencies",
      { "package.json": '{"dependencies": {"react": "19", "@nestjs/core": "11"}, "description": "no vue"}' },
      ["javascript"],
      ["react", "nestjs"],
    ],
    ["frameworks of Python", { "pyproject.toml": 'dependencies = ["Django>=5"]' }, ["python"], ["django"]],
    ["each framework once", { "pyproject.toml": "flask", "requirements.txt": "flask" }, ["python"], ["flask"]],
  ])("%s", (_, files, languages, frameworks) => {
    const stack = stackOf(files);
    expect(stack.languages.map(({ words }) => words[0])).toEqual(languages);
    expect(stack.frameworks).toEqual(frameworks);
  });

  test("a manifest that cannot be read names no framework", () => {
    expect(detectStack({ names: new Set(["package.json"]), read: () => undefined }).frameworks).toEqual([]);
  });
});

describe("how well an agent fits a project", () => {
  const node = stackOf({ "package.json": '{"dependencies": {"react": "19"}}', "tsconfig.json": "" });
  const go = stackOf({ "go.mod": "" });

  test("a language in the name counts more than in the description, and a framework adds to it", () => {
    const scores = [
      agent("builder-react", "Builds TypeScript"),
      agent("builder-react"),
      agent("builder-typescript", "Builds React"),
      agent("builder", "", ["javascript"]),
      agent("builder", "", [], ["node"]),
      agent("builder", "Writes TypeScript."),
      agent("builder", "Writes code."),
      agent("builder-python"),
      agent("builder-vue", "Builds with TypeScript"),
    ].map((one) => fitOf(one, node).score);
    expect(scores).toEqual([6, 5, 5, 4, 4, 1, 0, -1, -1]);
  });

  test("ordinary words of a description are no language", () => {
    expect(fitOf(agent("builder", "Go on, and express the next spring."), go).score).toBe(0);
    expect(fitOf(agent("builder-go"), go)).toEqual({ score: 4, family: "go" });
  });

  test("in a project of no known language, an agent for one is worse than one for any", () => {
    const unknown = stackOf({});
    expect(fitOf(agent("builder-go"), unknown).score).toBeLessThan(fitOf(agent("builder"), unknown).score);
  });

  test("a fit depends on the words alone, not on their order", () => {
    const word = fc.constantFrom("typescript", "react", "python", "go", "builder", "code");
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const [there, back] = [words, words.toReversed()].map((tags) => fitOf(agent("x", tags.join(" "), tags), node));
        expect(there).toEqual(back);
      }),
    );
  });
});
