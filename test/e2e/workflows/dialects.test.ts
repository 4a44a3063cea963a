import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { baton, scratch } from "../../rig/baton.ts";
import { plant } from "../../rig/files.ts";
import { sharedSession } from "../../rig/session.ts";

/** Workflow files in the form that the dialects' documents show, with other content. */
const fixtures = fileURLToPath(new URL("../../fixtures/dialects", import.meta.url));

const serve = sharedSession("2026-07-28", (directory) => {
  cpSync(fixtures, directory, { recursive: true });
  return {};
});

async function connect() {
  const { directory: cwd, rpc } = await serve();
  const env = { HOME: join(cwd, "home") };
  const call = async (name: string, given: Record<string, unknown>) => (await rpc.tool(name, given)).structuredContent;
  return { cwd, env, rpc, call };
}
type Call = Awaited<ReturnType<typeof connect>>["call"];

/** Accepts and completes steps until none is ready. Returns the input and prompt of each step. */
async function play(call: Call, workflowId: string, outputs: Record<string, unknown>) {
  const given: Record<string, unknown> = {};
  for (;;) {
    const { assignments = [] } = await call("handoff", { action: "accept", workflowId, count: 1 });
    if (assignments.length === 0) break;
    const [{ assignment, stepId, text }] = assignments;
    // A step without input has no such part to read.
    const read = await call("handoff", { action: "read", assignment, part: "input" }).catch(() => undefined);
    given[stepId] = { input: read?.text ? JSON.parse(read.text).input : null, text };
    await call("handoff", { action: "complete", assignment, output: outputs[stepId] ?? "done" });
  }
  return given;
}

describe("a workflow file with a list of skills", () => {
  test("execute_workflow runs a skills list with the dialect's argument names and results", async () => {
    const { call } = await connect();
    const asked = {
      file: "shop-opening.yaml",
      parameters: { street: "Hill Road" },
      execution_mode: "parallel_where_possible",
    };
    expect(await call("execute_workflow", { ...asked, dry_run: true })).toMatchObject({
      name: "shop_opening",
      order: ["street-survey", "window-dresser", "till-keeper"],
    });
    const { workflowId, ready } = await call("execute_workflow", { ...asked, dry_run: false });
    expect(ready).toMatchObject([{ stepId: "street-survey", agent: "street-survey" }]);
    const survey = { words: ["warm", "bread"], people: 40 };
    const given = await play(call, workflowId, { "street-survey": survey, "window-dresser": { lamps: 3 } });
    expect(given).toMatchObject({
      "street-survey": { input: { street: "Hill Road", depth: "thorough" } },
      "window-dresser": { input: { street: "Hill Road", passers_by: survey } },
      "till-keeper": {
        input: { street: "Hill Road", manner: "bold", words: ["warm", "bread"] },
        text: expect.stringContaining("Action: open_account"),
      },
    });
    const run = await call("monitor_workflow", { workflowId });
    expect(run).toMatchObject({
      ...{ name: "shop_opening", status: "completed", success: true, metrics: { completedSteps: 3 } },
      results: { survey, window: { lamps: 3 } },
    });
    expect(run.executionLog).toMatchObject(
      ["street-survey", "window-dresser", "till-keeper"].map((step) => ({ step, type: "skill", status: "completed" })),
    );
    for (const { duration } of run.executionLog) expect(duration).toBeTypeOf("number");
  });

  test("execution_mode sequential runs one skill at a time; parallel_where_possible runs adjacent skills together", async () => {
    const { call } = await connect();
    const file = "yearly-review.yaml";
    for (const [mode, together] of [
      ["sequential", ["weather"]],
      ["parallel_where_possible", ["weather", "neighbours"]],
    ]) {
      const { workflowId } = await call("execute_workflow", { file, execution_mode: mode });
      const { assignments } = await call("handoff", { action: "accept", workflowId });
      const { ready } = await call("handoff", { action: "complete", assignment: assignments[0].assignment, output: 1 });
      expect(ready.map(({ stepId }: { stepId: string }) => stepId)).toEqual(together);
    }
  });

  test("a missing parameter is reported with file, line, column and field", async () => {
    const { rpc } = await connect();
    const { isError, content } = await rpc.tool("execute_workflow", { file: "shop-opening.yaml" });
    expect(isError).toBe(true);
    expect(content[0]!.text).toContain('shop-opening.yaml:5:22: field "skills[0].input.street": "street" is neither');
  });
});

describe("a workflow file with intents", () => {
  test("FILE#intent runs the phases of an intent in sequence and the agents of a phase in parallel", async () => {
    const { call, rpc } = await connect();
    const { workflowId, ready } = await call("execute_workflow", { file: "crew.yaml#build_intent" });
    expect(ready.map(({ agent }: { agent: string }) => agent)).toEqual(["drafter", "surveyor"]);
    const given = await play(call, workflowId, {});
    expect(Object.keys(given)).toHaveLength(6);
    expect(await call("monitor_workflow", { workflowId })).toMatchObject({ name: "build_intent", status: "completed" });
    const { content } = await rpc.tool("execute_workflow", { file: "crew.yaml" });
    expect(content[0]!.text).toContain(
      'the workflow has 2 intents, and the call chooses none: "look_intent", "build_intent"',
    );
  });

  test("an intent runs at most max_concurrent agents", async () => {
    const { call } = await connect();
    const { workflowId, ready } = await call("execute_workflow", { file: "crew.yaml#look_intent" });
    expect(ready).toHaveLength(2);
    const { assignments, ready: left } = await call("handoff", { action: "accept", workflowId, count: 3 });
    expect([assignments.length, left]).toEqual([2, []]);
    const [{ assignment }] = assignments;
    const delivered = await call("handoff", { action: "complete", assignment, output: 1 });
    expect(delivered.ready).toMatchObject([{ stepId: "cellar-walker" }]);
  });
});

describe("baton validate --explain", () => {
  test("validate --explain prints the parsed workflow and the origin of each dependency", async () => {
    const { cwd, env } = await connect();
    const { code, stdout } = await baton(cwd, ["validate", "--explain", "shop-opening.yaml"], env);
    expect(code).toBe(0);
    expect(stdout).toContain("  - id: window-dresser\n    name: window-dresser\n    type: skill\n");
    expect(stdout.slice(stdout.indexOf("Where the edges"))).toBe(
      [
        "Where the edges come from\n",
        "window-dresser after street-survey: order of the list",
        "window-dresser after street-survey: reads {{survey}}",
        "till-keeper after window-dresser: order of the list",
        "till-keeper after street-survey: reads {{survey.words}}\n",
      ].join("\n"),
    );
    const look = await baton(cwd, ["validate", "--explain", "crew.yaml#look_intent"], env);
    expect(look.stdout).toContain("There are no edges: every step may start at once.");
    const { workflow, edges } = JSON.parse(
      (await baton(cwd, ["validate", "--explain", "--json", "crew.yaml#build_intent"], env)).stdout,
    );
    expect(workflow.steps).toHaveLength(6);
    expect(edges[0]).toEqual({
      step: "raising.mason",
      after: "drawing.drafter",
      because: "phase depends_on drawing",
    });
    expect((await baton(cwd, ["validate", "shop-opening.yaml"], env)).stdout).not.toContain("Where the edges");
  });
});

describe("inputs and outputs that capabilities declare", () => {
  const declaring = (name: string, action: string, takes: string[], gives: string[]) => {
    const properties = (names: string[]) => `{ ${names.map((one) => `${one}: { type: string }`).join(", ")} }`;
    return {
      [`.agents/skills/${name}/SKILL.md`]: `---
name: ${name}
description: What ${name} does
capabilities:
  - id: ${action}
    name: ${action}
    inputSchema: { type: object, required: [${takes.join(", ")}] }
    outputSchema: { type: object, properties: ${properties(gives)} }
---
`,
    };
  };
  const flow = `name: f
steps:
  - { id: bake, skill: baker, action: bake }
  - { id: buy, skill: buyer }
`;

  test("a step's required input comes from the step that declares this output, and --explain says so", async () => {
    const { env, call } = await connect();
    const cwd = plant(scratch(), {
      ...declaring("baker", "bake", ["flour"], ["bread"]),
      ...declaring("buyer", "shop", [], ["flour"]),
      "flow.yaml": flow,
    });
    const { stdout } = await baton(cwd, ["validate", "--explain", "flow.yaml"], env);
    expect(stdout).toContain("bake after buy: needs flour, which buy gives\n");
    const { workflowId, ready } = await call("execute_workflow", { file: "flow.yaml", cwd });
    expect(ready).toMatchObject([{ stepId: "buy" }]);
    const given = await play(call, workflowId, { buy: { flour: "rye" }, bake: { bread: "loaf" } });
    expect(given).toMatchObject({ bake: { input: { flour: "rye" } }, buy: { input: null } });
  });

  test("a cycle of required inputs and an input with several sources are refused with file, line and column", async () => {
    const { rpc } = await connect();
    const cwd = plant(scratch(), {
      ...declaring("baker", "bake", ["flour"], ["bread"]),
      ...declaring("buyer", "shop", ["bread"], ["flour"]),
      "flow.yaml": flow,
      "several.yaml": `${flow}  - { id: mill, command: "true", outputKey: flour }\n`,
      "runner.yaml": "skills:\n  - skill: baker\n    action: bake\n    runner: nobody\n",
    });
    const refusal = async (file: string) => {
      const { isError, content } = await rpc.tool("execute_workflow", { file, cwd, dryRun: true });
      expect(isError).toBe(true);
      return content[0]!.text;
    };
    expect(await refusal("flow.yaml")).toContain(
      'flow.yaml:3:5: step "bake", field "input": steps need each other: bake needs flour from buy, which needs bread from bake',
    );
    expect(await refusal("several.yaml")).toContain(
      '"bake" needs "flour", and several steps provide it: "buy", "mill"',
    );
    expect(await refusal("runner.yaml")).toContain(
      'runner.yaml:4:13: field "skills[0].runner": there is no runner "nobody"',
    );
  });
});
