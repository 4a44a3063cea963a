import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { detectChecks, type ProjectTop } from "../../src/project/detect-checks.ts";
import { projectTop } from "../../src/project/project-top.ts";
import { plant } from "../rig/files.ts";

const project = (files: Record<string, string>): ProjectTop => ({
  names: new Set(Object.keys(files)),
  read: (name) => files[name],
});
const commands = (files: Record<string, string>) => detectChecks(project(files)).map(({ command }) => command);
const scripts = (given: Record<string, unknown>, rest = {}) => JSON.stringify({ scripts: given, ...rest });

describe("the checks of a project", () => {
  test.each<[string, Record<string, string>, string[]]>([
    [
      "npm, the quickest first",
      { "package.json": scripts({ test: "vitest run", lint: "biome check", types: "tsc" }) },
      ["npm run lint", "npm run types", "npm test"],
    ],
    ["pnpm by its lock file", { "package.json": scripts({ test: "x" }), "pnpm-lock.yaml": "" }, ["pnpm test"]],
    ["yarn by its lock file", { "package.json": scripts({ lint: "x" }), "yarn.lock": "" }, ["yarn run lint"]],
    [
      "bun, whose own `bun test` is a different command",
      { "package.json": scripts({ test: "x" }), "bun.lock": "" },
      ["bun run test"],
    ],
    [
      "packageManager before any lock file",
      { "package.json": scripts({ test: "x" }, { packageManager: "pnpm@9.1.0" }), "yarn.lock": "" },
      ["pnpm test"],
    ],
    ["a build if there is no check", { "package.json": scripts({ build: "tsc" }) }, ["npm run build"]],
    [
      "neither the test of npm init nor a watcher",
      { "package.json": scripts({ test: 'echo "Error: no test specified" && exit 1', lint: "eslint --watch" }) },
      [],
    ],
    [
      "a test script with watching turned off",
      { "package.json": scripts({ test: "jest --watchAll=false" }) },
      ["npm test"],
    ],
    ["no script of the wrong type", { "package.json": scripts({ test: 7 }) }, []],
    ["no broken manifest", { "package.json": "{" }, []],
    ["no manifest that is a list", { "package.json": "[]" }, []],
    ["no scripts that are a string", { "package.json": '{"scripts": "x"}' }, []],
    ["pytest by its configuration file", { "pytest.ini": "" }, ["python3 -m pytest -q"]],
    [
      "pytest in pyproject.toml, run by uv",
      { "pyproject.toml": "[tool.pytest.ini_options]", "uv.lock": "" },
      ["uv run pytest -q"],
    ],
    [
      "pytest in requirements, run by poetry",
      { "requirements.txt": "flask\npytest==8\n", "poetry.lock": "" },
      ["poetry run pytest -q"],
    ],
    ["no pytest where no file names it", { "pyproject.toml": "[project]" }, []],
    ["cargo", { "Cargo.toml": "" }, ["cargo test --quiet"]],
    ["go", { "go.mod": "" }, ["go vet ./...", "go test ./..."]],
    ["make check rather than make test", { Makefile: "test:\n\tx\ncheck: test\n" }, ["make check"]],
    ["make test", { makefile: "all: x\ntest : all\n" }, ["make test"]],
    ["no variable named test", { Makefile: "test := 1\n" }, []],
    [
      "a manifest rather than a Makefile",
      { Makefile: "test:\n\tgo test\n", "go.mod": "" },
      ["go vet ./...", "go test ./..."],
    ],
    [
      "several languages",
      { "Cargo.toml": "", "package.json": scripts({ test: "x" }) },
      ["npm test", "cargo test --quiet"],
    ],
    ["nothing", {}, []],
  ])("detects %s", (_, files, expected) => expect(commands(files)).toEqual(expected));

  test("a detected check gives the reason of its detection", () => {
    expect(detectChecks(project({ "package.json": scripts({ test: "x" }) }))).toEqual([
      { command: "npm test", because: 'package.json has the script "test"' },
    ]);
  });

  test("detects checks in a directory, and none in a missing directory", () => {
    const directory = plant(mkdtempSync(join(tmpdir(), "baton-checks-")), {
      "package.json": scripts({ test: "x" }),
      "go.mod/x": "",
    });
    expect(detectChecks(projectTop(directory)).map(({ command }) => command)).toContain("npm test");
    expect(projectTop(directory).read("go.mod")).toBeUndefined();
    expect(detectChecks(projectTop(`${directory}/missing`))).toEqual([]);
  });
});
