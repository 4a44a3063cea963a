import { expect, test } from "vitest";
import { z } from "zod";
import { cliPage } from "../../scripts/reference/cli-page.ts";
import { toolsPage } from "../../scripts/reference/tools-page.ts";
import type { Baton } from "../../src/app.ts";
import { createProgram } from "../../src/cli/program.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { callTool } from "../../src/mcp/call-tool.ts";
import { toolsOf } from "../../src/mcp/tools/index.ts";
import { ok } from "../../src/model/data/result.ts";
import { operations } from "../../src/operations/index.ts";
import { defineOperation } from "../../src/operations/operation.ts";

/** A new verb is this object, and one line in the table. */
const countCheckpoints = defineOperation({
  name: "checkpoint.count",
  summary: "count the checkpoints of a run",
  effect: "read",
  input: z.object({
    workflowId: z.string().describe("the run"),
    trigger: z.enum(["agent", "manual"]).describe("only checkpoints that this made").optional(),
    atMost: z.number().int().min(1).max(99).describe("stop counting here").optional(),
    patient: z.boolean().optional(),
  }),
  tool: { name: "checkpoint", action: "count", unlisted: ["patient"] },
  async handle({ workflowId, trigger, atMost = 99 }) {
    return ok({ workflowId, count: Math.min(7, atMost), trigger, next: "Count again." });
  },
  command: {
    usage: "checkpoint count <workflowId>",
    options: { trigger: "--trigger <what>", atMost: "--at-most <n>" },
    print: ({ count, trigger = "all" }, { colors }) => `${colors.bold(String(count))} (${trigger})`,
  },
  text: ({ workflowId, count }) => [`${workflowId} has ${count} checkpoints.`],
});
const table = { ...operations, [countCheckpoints.name]: countCheckpoints };

const tool = toolsOf(table).find(({ name }) => name === "checkpoint")!;
const baton = { leave() {} } as unknown as Baton;

/** Runs a command line. */
async function run(...args: string[]): Promise<{ out: string; said: string }> {
  let [out, said] = ["", ""];
  const terminal = {
    colors: false,
    screen: {
      isTTY: false,
      columns: 80,
      rows: 25,
      write: (text: string) => {
        out += text;
      },
    },
    error: (text: string) => {
      said += `${text}\n`;
    },
    baton: () => baton,
    machine: {},
  } as unknown as Terminal;
  const { program, exitCode } = createProgram("1", terminal, table);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    return { out, said: `${said}${(error as { exitCode: number }).exitCode}` };
  }
  return { out, said: `${said}${exitCode()}` };
}

test("the tool lists the action and its arguments, with the bounds and the actions that take them", () => {
  const { properties } = tool.inputSchema;
  expect(properties.action?.enum).toContain("count");
  expect(properties.atMost).toEqual({
    type: "integer",
    maximum: 99,
    description: "count: stop counting here",
  });
  expect(properties).not.toHaveProperty("patient");
  expect(properties.trigger).toMatchObject({ enum: ["agent", "manual"] });
  expect(properties.workflowId?.description).toBe("The run (list: default: the latest; fork: as it is now)");
});

test("the tool performs it, and renders the answer", async () => {
  const answer = await callTool(tool, { action: "count", workflowId: "wf_1", atMost: 3 }, baton);
  expect(answer.structuredContent).toMatchObject({ workflowId: "wf_1", count: 3 });
  expect(answer.content).toEqual([{ type: "text", text: "wf_1 has 3 checkpoints.\nNext: Count again." }]);
});

test("a wrong argument is refused by its name", async () => {
  const answer = await callTool(tool, { action: "count", workflowId: "wf_1", most: 3, trigger: "x" }, baton);
  expect(answer.isError).toBe(true);
  const { mistakes } = (answer.structuredContent as { error: { mistakes: string[] } }).error;
  expect(mistakes.join("\n")).toMatch(/"most": unknown argument. checkpoint \{action: "count"\} takes workflowId/);
  expect(mistakes.join("\n")).toContain('"trigger": ');
});

test("the command line helps with it, performs it and checks its options", async () => {
  const { out: help } = await run("checkpoint", "count", "--help");
  expect(help).toContain("Usage: baton checkpoint count [options] <workflowId>");
  expect(help).toContain("count the checkpoints of a run");
  expect(help).toMatch(/--trigger <what> +only checkpoints that this made \(choices: "agent",\s+"manual"\)/);
  expect(await run("checkpoint", "count", "wf_1", "--at-most", "2", "--trigger", "agent")).toEqual({
    out: "2 (agent)\n",
    said: "0",
  });
  expect(JSON.parse((await run("checkpoint", "count", "wf_1", "--json")).out)).toMatchObject({ count: 7 });
  expect((await run("checkpoint", "count", "wf_1", "--at-most", "many")).said).toContain("It must be a whole number.");
  expect((await run("checkpoint", "count", "wf_1", "--at-most", "100")).said).toMatch(/"atMost": .*\n2$/s);
});

test("the references show it", () => {
  expect(toolsPage(table)).toContain("| `count` | Count the checkpoints of a run. | read |");
  expect(cliPage(table)).toContain("## baton checkpoint count \\<workflowId\\>");
  expect(cliPage(table)).toContain("| `--at-most <n>` | stop counting here |");
});

test("each operation is in the table under its own name", () => {
  for (const [key, { name }] of Object.entries(operations)) expect(name).toBe(key);
});
