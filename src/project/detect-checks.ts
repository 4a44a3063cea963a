import { isRecord } from "../model/json.ts";

/** A command that checks a project, and why Baton suggests it. */
export interface ProjectCheck {
  readonly command: string;
  readonly because: string;
}

/** The top directory of a project, as far as its checks depend on it. */
export interface ProjectTop {
  /** The names of its files and directories. */
  readonly names: ReadonlySet<string>;
  /** The text of a file in it; `undefined`: there is none, or it cannot be read. */
  read(name: string): string | undefined;
}

/**
 * Detects the project's own checks, the quickest first: the commands that its authors run before they accept a change.
 * A manifest beats a Makefile, which often only calls the same commands.
 */
export function detectChecks(project: ProjectTop): ProjectCheck[] {
  const found = [nodeChecks, pythonChecks, cargoChecks, goChecks].flatMap((rule) => rule(project));
  return found.length > 0 ? found : makeChecks(project);
}

/** Names of scripts that check. Each row is one kind of check, of which the first existing name is used. */
const CHECK_SCRIPTS = [["lint"], ["typecheck", "type-check", "check-types", "types", "tsc"], ["test"]] as const;
const LOCK_FILES = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
] as const;

function nodeChecks(project: ProjectTop): ProjectCheck[] {
  const manifest = readJson(project.read("package.json"));
  if (!manifest) return [];
  const scripts = isRecord(manifest.scripts) ? manifest.scripts : {};
  const usable = (name: string) => typeof scripts[name] === "string" && isCheck(scripts[name]);
  const runner = packageManagerOf(project, manifest);
  const names: string[] = CHECK_SCRIPTS.flatMap((row) => row.find(usable) ?? []);
  // A build is better than no check.
  if (names.length === 0 && usable("build")) names.push("build");
  return names.map((name) => ({
    command: name === "test" && runner !== "bun" ? `${runner} test` : `${runner} run ${name}`,
    because: `package.json has the script "${name}"`,
  }));
}

/** Excludes the test that `npm init` writes, which always fails, and watchers, which never end. */
const isCheck = (script: string): boolean => !/no test specified|--watch(All)?\b(?!=false)/.test(script);

function packageManagerOf(project: ProjectTop, { packageManager }: Record<string, unknown>): string {
  const [, named] = /^(npm|pnpm|yarn|bun)@/.exec(typeof packageManager === "string" ? packageManager : "") ?? [];
  return named ?? LOCK_FILES.find(([file]) => project.names.has(file))?.[1] ?? "npm";
}

function pythonChecks(project: ProjectTop): ProjectCheck[] {
  const { names } = project;
  const says = (file: string, words: RegExp) => words.test(project.read(file) ?? "");
  const because =
    names.has("pytest.ini") || names.has("conftest.py")
      ? "pytest is configured"
      : says("pyproject.toml", /\bpytest\b/) || says("setup.cfg", /\[tool:pytest\]/) || says("tox.ini", /\bpytest\b/)
        ? "the project's configuration names pytest"
        : says("requirements.txt", /^pytest\b/m) || says("requirements-dev.txt", /^pytest\b/m)
          ? "the requirements name pytest"
          : undefined;
  if (because === undefined) return [];
  const within = names.has("uv.lock") ? "uv run " : names.has("poetry.lock") ? "poetry run " : "python3 -m ";
  return [{ command: `${within}pytest -q`, because }];
}

const cargoChecks = ({ names }: ProjectTop): ProjectCheck[] =>
  names.has("Cargo.toml") ? [{ command: "cargo test --quiet", because: "there is a Cargo.toml" }] : [];

const goChecks = ({ names }: ProjectTop): ProjectCheck[] =>
  names.has("go.mod")
    ? ["go vet ./...", "go test ./..."].map((command) => ({ command, because: "there is a go.mod" }))
    : [];

function makeChecks(project: ProjectTop): ProjectCheck[] {
  const file = ["GNUmakefile", "makefile", "Makefile"].find((name) => project.names.has(name));
  const text = file === undefined ? "" : (project.read(file) ?? "");
  const target = ["check", "test"].find((name) => new RegExp(`^${name}\\s*:(?!=)`, "m").test(text));
  return target === undefined ? [] : [{ command: `make ${target}`, because: `the ${file} has the target "${target}"` }];
}

function readJson(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
