import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createCatalog } from "../../src/catalog/index.ts";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import { resolvePerformers } from "../../src/operations/workflow/resolve-performers.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";
import { scratch } from "../rig/baton.ts";
import { capability, plant } from "../rig/files.ts";

/** The agents that ship with Baton, in projects that bring files of their own. */
const shipped = fileURLToPath(new URL("../..", import.meta.url));
const TYPESCRIPT = { "package.json": "{}", "tsconfig.json": "{}" };
const offers = "capabilities: [implementation]\n";

function resolved(files: Record<string, string>, steps: object[] = [{ id: "a", agent: "builder" }], roles = true) {
  const project = plant(scratch(), files);
  const catalog = createCatalog({ roots: [], project, shipped, version: "test", now: Date.now });
  const parsed = parseWorkflow({ value: { name: "x", steps } }, { stepTypes: stepSyntax, maxSteps: 10 });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const plan = compilePlan(parsed.value.workflow, stepSyntax);
  const { performers, warnings, taken } = resolvePerformers(plan, catalog, project, roles);
  const [found] = Object.values(performers);
  return { names: found!.map(({ name }) => name), paths: found!.map(({ path }) => path), warnings, taken, project };
}

describe("the builder of Baton's own templates", () => {
  test.each<[string, Record<string, string>, string[]]>([
    ["TypeScript", TYPESCRIPT, ["builder-typescript", "builder"]],
    ["JavaScript", { "package.json": "{}" }, ["builder-typescript", "builder"]],
    ["Python", { "setup.py": "" }, ["builder-python", "builder"]],
    ["Go, which has no builder of its own", { "go.mod": "" }, ["builder"]],
    ["nothing known", {}, ["builder"]],
    ["two languages, each with a builder", { ...TYPESCRIPT, "setup.py": "" }, ["builder"]],
  ])("in a project of %s", (_, files, names) => {
    expect(resolved(files)).toMatchObject({ names, warnings: [], taken: [] });
  });

  test("an agent of the project that offers the same and fits better is taken, and named at the start", () => {
    const own = { ...TYPESCRIPT, ".claude/agents/react-hand.md": capability("react-hand", "Builds React", offers) };
    const manifest = { "package.json": '{"dependencies": {"react": "19"}}' };
    const { names, taken, project } = resolved({ ...own, ...manifest });
    expect(names).toEqual(["react-hand", "builder"]);
    expect(taken).toMatchObject([
      {
        message: `the role "builder" is done by "react-hand" from ${project}/.claude/agents/react-hand.md (project), not by Baton's own agent`,
      },
    ]);
  });

  test("a description alone, a hidden file and a skill offer nothing", () => {
    const { names } = resolved({
      ...TYPESCRIPT,
      ".claude/agents/a.md": capability("typescript-talk", "About the implementation of TypeScript"),
      ".claude/agents/b.md": capability("builder-javascript", "x", "hidden: true\n"),
      ".claude/skills/builder-javascript/SKILL.md": capability("builder-javascript", "x", offers),
    });
    expect(names).toEqual(["builder-typescript", "builder"]);
  });

  test("an agent called builder- and more offers what a builder does", () => {
    const { names } = resolved({ "go.mod": "", ".claude/agents/builder-go.md": capability("builder-go") });
    expect(names).toEqual(["builder-go", "builder"]);
  });

  test("the project's own builder does the role, whatever the language, and is named at the start", () => {
    const { names, paths, taken, project } = resolved({
      ...TYPESCRIPT,
      ".claude/agents/builder.md": capability("builder"),
    });
    expect({ names, paths }).toEqual({ names: ["builder"], paths: [join(project, ".claude/agents/builder.md")] });
    expect(taken).toHaveLength(1);
  });

  test("a plugin that brings Baton's own files takes over nothing", () => {
    const text = readFileSync(join(shipped, "agents/builder.md"), "utf8");
    expect(resolved({ ...TYPESCRIPT, "plugins/baton/agents/builder.md": text })).toMatchObject({
      names: ["builder-typescript", "builder"],
      taken: [],
    });
  });

  test("another role is the agent of its name; a missing one is only a name", () => {
    expect(resolved(TYPESCRIPT, [{ id: "a", agent: "planner" }])).toMatchObject({ names: ["planner"], taken: [] });
    expect(resolved(TYPESCRIPT, [{ id: "a", agent: "nobody" }])).toMatchObject({
      names: ["nobody"],
      warnings: [{ code: "unknown_name" }],
    });
  });
});

test("an agent that somebody else's workflow names is meant as named", () => {
  const own = { ...TYPESCRIPT, ".claude/agents/builder.md": capability("builder") };
  expect(resolved(TYPESCRIPT, undefined, false)).toMatchObject({ names: ["builder"], taken: [] });
  expect(resolved(own, undefined, false).taken).toEqual([]);
});

test("of agents that meet the needs equally, the one for the project's language comes first", () => {
  const steps = [{ id: "a", needs: ["implementation"] }];
  expect(resolved(TYPESCRIPT, steps).names).toEqual(["builder-typescript", "builder", "builder-python"]);
  expect(resolved({ "setup.py": "" }, steps).names).toEqual(["builder-python", "builder", "builder-typescript"]);
  expect(resolved({}, steps).names[0]).toBe("builder");
});

test("the same files give the same choice, in whatever order they were written", () => {
  const files = Object.entries({
    ...TYPESCRIPT,
    ".claude/agents/b.md": capability("node-hand", "Builds", offers),
    ".claude/agents/a.md": capability("ts-hand", "Builds", offers),
  });
  const [there, back] = [files, files.toReversed()].map((list) => resolved(Object.fromEntries(list)).names);
  expect(there).toEqual(["ts-hand", "builder"]);
  expect(back).toEqual(there);
});
