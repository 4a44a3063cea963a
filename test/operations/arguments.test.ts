import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { callTool } from "../../src/mcp/call-tool.ts";
import { toolsOf } from "../../src/mcp/tools/index.ts";
import type { App } from "../../src/operations/app.ts";
import { HOW_TO_ANSWER } from "../../src/operations/fields.ts";
import { operations } from "../../src/operations/index.ts";
import type { Operations, ToolOperation } from "../../src/operations/operation.ts";

/** The operations as they are, but each answers with the input that reached it. */
const echoing = Object.fromEntries(
  Object.entries(operations as Operations).map(([name, operation]) => [
    name,
    {
      ...operation,
      handle: async (input: object) => ({ ok: true, value: { input } }),
      text: () => [],
      concise: undefined,
    },
  ]),
) as unknown as Operations;
const tools = toolsOf(echoing);
const app = { engine: { observe: async () => undefined }, cwd: tmpdir() } as unknown as App;

/** What each argument could be. Only what an operation requires must fit. */
const VALUES: Readonly<Record<string, unknown>> = {
  ...{ goal: "fix it", sessionId: "os_1", workflow: "build_only", to: "PAUSED", workflowId: "wf_1", stepId: "a" },
  ...{ assignment: "as_1", reason: "why", questions: ["What?"], answers: ["yes"], checkpointId: "cp_1", name: "x" },
  ...{
    detail: "full",
    waitSeconds: 1,
    since: 1,
    cursor: "1",
    size: 2_000,
    worker: "ann",
    text: "note",
    notes: ["note"],
  },
};
const required = (operation: ToolOperation) =>
  Object.fromEntries(
    Object.entries(operation.input.shape)
      .filter(
        ([, schema]) => !(schema as { safeParse(value: unknown): { success: boolean } }).safeParse(undefined).success,
      )
      .map(([field]) => [field, VALUES[field]]),
  );

const cases = tools.flatMap((tool) =>
  Object.values(echoing)
    .filter((one): one is ToolOperation => one.tool?.name === tool.name && one.tool.action !== undefined)
    .map((operation) => [`${tool.name} ${operation.tool.action}`, tool, operation] as const),
);

test.each(cases)(
  "%s takes what only says how to answer, and refuses what belongs to other actions",
  async (_, tool, operation) => {
    const { action } = operation.tool;
    const given = { action, ...required(operation) };
    const plain = (await callTool(tool, given, app)) as { structuredContent: { input: object; error?: object } };
    expect(plain.structuredContent.error, JSON.stringify(given)).toBeUndefined();
    for (const [name, takers] of tool.takers) {
      if (Object.hasOwn(operation.input.shape, name)) continue;
      const answer = await callTool(tool, { ...given, [name]: VALUES[name] ?? 1 }, app);
      const { error, input } = answer.structuredContent as {
        error?: { mistakes: string[] };
        input?: Record<string, unknown>;
      };
      if (HOW_TO_ANSWER.has(name)) {
        expect(input, `${name} with ${action}`).toEqual(plain.structuredContent.input);
        continue;
      }
      expect(error?.mistakes, `${name} with ${action}`).toHaveLength(1);
      expect(error!.mistakes[0]).toContain(
        `"${name}": belongs to action ${takers.map((one) => `"${one}"`).join(", ")}`,
      );
    }
  },
);

test("every argument of every tool has a type and, but for a few words that speak for themselves, a meaning", () => {
  for (const { name, inputSchema } of tools) {
    for (const [argument, { type, enum: allowed, description }] of Object.entries(inputSchema.properties)) {
      expect(type, `${name} ${argument}`).toBeDefined();
      if (allowed === undefined) expect(description, `${name} ${argument}`).toBeTruthy();
    }
  }
});

test("snake_case of what only says how to answer counts as it does elsewhere", async () => {
  const monitor = tools.find(({ name }) => name === "monitor_workflow")!;
  const answer = await callTool(monitor, { action: "list", wait_seconds: 3 }, app);
  expect(answer.isError).toBeUndefined();
});
