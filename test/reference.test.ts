import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { cliPage, exampleOf, operations, page, toolsPage, withStepStates } from "../scripts/reference/page.ts";
import { stepSyntax } from "../src/engine/steps/index.ts";
import { formatDiagnostic } from "../src/model/diagnostic.ts";
import { parseWorkflow } from "../src/workflow/parse.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

test("the workflow reference is up to date with the schemas", () => {
  const written = readFileSync(join(root, "docs/workflow-reference.md"), "utf8");
  expect(written === page(root), "docs/workflow-reference.md is stale: write it anew with `npm run docs`.").toBe(true);
});

test.each([
  ["docs/tools.md", toolsPage],
  ["docs/cli.md", cliPage],
])("%s is up to date with the operations", (file, made) => {
  const written = readFileSync(join(root, file), "utf8");
  expect(written === made(operations), `${file} is stale: run \`npm run docs\`.`).toBe(true);
});

test("the diagram of step states matches the table of transitions", () => {
  const written = readFileSync(join(root, "docs/architecture.md"), "utf8");
  expect(written).toContain("stateDiagram-v2");
  expect(withStepStates(written) === written, "docs/architecture.md is stale: run `npm run docs`.").toBe(true);
});

test("the links of the workflow reference lead to its own headings", () => {
  const text = page(root);
  const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(" ", "-"));
  expect(new Set(anchors).size).toBe(anchors.length);
  for (const [, anchor] of text.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
});

/** Completes the part of a workflow that an example shows. */
function around(example: string): string {
  if (example.startsWith("- ")) return `steps:\n${example}`;
  return /^(steps|skills|phases):/m.test(example) ? example : `${example}steps: [{ id: any, command: "true" }]\n`;
}

describe.each(["docs/workflows.md", "docs/agent-steps.md"])("the examples in %s", (file) => {
  const text = readFileSync(join(root, file), "utf8");
  const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, example]) => example!);
  test.each(examples.filter((example) => !example.startsWith("template:")))("the example is valid: %s", (example) => {
    const parsed = parseWorkflow({ text: around(example), file }, { stepTypes: stepSyntax, maxSteps: 100 });
    expect(parsed.ok ? [] : parsed.error.map(formatDiagnostic)).toEqual([]);
  });
});

describe("each step type", () => {
  test.each(stepSyntax.map((syntax) => [syntax.type, syntax] as const))(
    "the step type %s has a summary and a valid example",
    (type, { summary }) => {
      expect(summary, `Give the syntax of ${type} a summary.`).toBeDefined();
      const file = join(root, exampleOf(type));
      expect(existsSync(file), `Write a small workflow with a ${type} step: ${exampleOf(type)}.`).toBe(true);
      const source = { text: readFileSync(file, "utf8"), file: exampleOf(type) };
      const parsed = parseWorkflow(source, { stepTypes: stepSyntax, maxSteps: 100 });
      expect(parsed.ok ? [] : parsed.error.map(formatDiagnostic)).toEqual([]);
      if (parsed.ok) expect(parsed.value.workflow.steps.map((step) => step.type)).toContain(type);
    },
  );

  test("no example is of an unknown step type", () => {
    const types = stepSyntax.map(({ type }) => type);
    expect(readdirSync(join(root, "docs/examples")).filter((file) => !types.includes(basename(file, ".yaml")))).toEqual(
      [],
    );
  });
});
