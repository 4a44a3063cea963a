import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/*
 * What it takes to add something is what knows one of its kind: its own file, and the table that lists it. Tests that
 * add one: operations/new-verb, run/new-feature (an event with its rules), engine/new-step-type,
 * suites/engine.suite (an observer) and engine/engine-suite (a store).
 */
const src = fileURLToPath(new URL("../src", import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

/** The files under `src` that mention a word. */
const knowing = (word: string): string[] =>
  files.filter((file) => new RegExp(`\\b${word}\\b`).test(readFileSync(`${src}/${file}`, "utf8"))).sort();

test.each([
  ["a verb", "createCheckpoint", ["operations/checkpoint/create.ts", "operations/index.ts"]],
  ["an event", "questions_asked", ["run/features/questions.ts"]],
  ["a capability of a run", "riskyCheckpoints", ["run/features/index.ts", "run/features/risky-checkpoints.ts"]],
  ["a step type", "waitStep|waitSyntax", ["engine/steps/index.ts", "engine/steps/wait.ts"]],
  ["a store", "createFileStore", ["app.ts", "store/file/index.ts"]],
  [
    "a tool",
    "findCapabilities: ToolFace|./find-capabilities",
    ["mcp/tools/find-capabilities.ts", "mcp/tools/index.ts"],
  ],
])("%s is known to its own file and its table only", (_, word, known) => {
  expect(knowing(word)).toEqual(known);
});
