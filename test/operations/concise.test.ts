import { describe, expect, test } from "vitest";
import { callTool } from "../../src/mcp/call-tool.ts";
import { toolsOf } from "../../src/mcp/tools/index.ts";
import type { RunView } from "../../src/model/view.ts";
import type { App } from "../../src/operations/app.ts";
import { operations } from "../../src/operations/index.ts";
import { conciseRun } from "../../src/operations/run/concise-run.ts";
import { seedAnswer } from "../../src/operations/run/seed-answer.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

function played(): Desk {
  const desk = new Desk(
    [{ id: "a", outputKey: "made", retry: { retries: 1, delay: 0 } }, agentStep("b", { agent: "builder" })],
    edges("a → b"),
  );
  desk.now += 40;
  desk.fail("a");
  desk.pass(1);
  desk.now += 1_500;
  desk.end("a", { outcome: "completed", output: "x".repeat(200), exitCode: 0 });
  return desk;
}
const concise = (view: RunView, detail?: string) => conciseRun(view, { detail }) as Record<string, unknown>;

describe("a run as a short answer", () => {
  test("tells a long output in one place, and earlier attempts beside their steps", () => {
    const view = played().view();
    const short = concise(view, "concise");
    expect(short.steps).toEqual([
      { id: "a", status: "completed", evidence: "observed", attempt: 2, outputKey: "made", duration: 1_501 },
      { id: "b", status: "ready", attempt: 0 },
    ]);
    expect(short.results).toEqual({ made: "x".repeat(200) });
    expect(short.executionLog).toMatchObject([{ step: "a", attempt: 1, status: "failed" }]);
    expect(short).not.toHaveProperty("metadata");
    expect(short.metrics).toEqual({ wallDuration: view.metrics.wallDuration });
  });

  test("without a detail it has the figures and the whole log, too", () => {
    const view = played().view();
    const usual = concise(view);
    expect(usual).toMatchObject({ metrics: view.metrics, activeSteps: [] });
    expect(usual.executionLog).toHaveLength(2);
    expect(usual.steps).toMatchObject([{ type: "command" }, { type: "agent" }]);
    const commands = new Desk([{ id: "a" }]).view();
    expect(concise(commands)).toBe(commands);
  });
});

describe("the answer of seed 000", () => {
  test("stands beside Baton's own for callers that write as the seed does", () => {
    const desk = played();
    const [token] = desk.accept();
    desk.now += 2_000;
    desk.ask({ action: "complete", assignment: token!, output: 1 });
    const view = desk.view();
    expect(seedAnswer(view, { template: "x" })).toEqual({});
    expect(seedAnswer(view, { workflow_template: "x" })).toMatchObject({
      workflow_id: view.workflowId,
      execution_time_seconds: 3.5,
      skills_executed: 2,
      execution_log: [
        { skill: "a", status: "failed", duration_seconds: 0 },
        { skill: "a", status: "completed", duration_seconds: 1.5 },
        { skill: "builder", status: "completed", duration_seconds: 2 },
      ],
    });
  });

  test("its create_workflow_template is save, with the fields of the workflow beside its name", async () => {
    const seen: object[] = [];
    const save = {
      ...operations["templates.save"],
      handle: async (input: object) => {
        seen.push(input);
        return { ok: true, value: {} };
      },
      text: () => [],
    };
    const tool = toolsOf({ ...operations, "templates.save": save } as never).find(
      ({ name }) => name === "manage_templates",
    )!;
    const fields = { name: "flow", skills_sequence: [{ skill: "one" }] };
    await callTool(tool, { action: "create_workflow_template", ...fields, confirm: true }, {} as App);
    await callTool(tool, { action: "create_workflow_template", workflow: "steps: []", name: "other" }, {} as App);
    expect(seen).toEqual([
      { workflow: fields, confirm: true },
      { workflow: "steps: []", name: "other" },
    ]);
  });
});
