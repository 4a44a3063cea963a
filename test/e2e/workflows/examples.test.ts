import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { scratch } from "../../rig/baton.ts";
import { sharedSession } from "../../rig/session.ts";

/** The examples in the documents of the task-orchestrator dialect, with small real commands. */
const fixtures = fileURLToPath(new URL("../../fixtures/workflows", import.meta.url));

const serve = sharedSession();

async function execute(file: string, rest: object = {}) {
  const cwd = scratch();
  cpSync(fixtures, cwd, { recursive: true });
  const { rpc } = await serve();
  const answer = await rpc.tool("execute_workflow", { file, cwd, waitSeconds: 40, ...rest });
  return { cwd, answer, run: answer.structuredContent };
}

describe("examples of the task-orchestrator dialect", () => {
  test.each([
    ["pipeline.json", 3],
    ["fan-in.json", 3],
    ["conditions.json", 5],
    ["chain.json", 4],
    ["services.yaml", 6],
    ["independent-steps.yaml", 3],
    ["step-fields.yaml", 1],
    ["context.yaml", 1],
    ["retry-policy.yaml", undefined],
    ["dependency-types.yaml", undefined],
    ["overlap.yaml", 4],
  ])("%s completes", async (file, steps) => {
    const { answer, run } = await execute(file);
    expect(answer.isError, answer.content[0]!.text).toBeUndefined();
    expect(run, JSON.stringify(run.steps)).toMatchObject({
      status: "completed",
      success: true,
      metrics: { failedSteps: 0 },
    });
    if (steps !== undefined) expect(run.metrics).toMatchObject({ totalSteps: steps, completedSteps: steps });
    expect(run.executionLog.length).toBeGreaterThanOrEqual(run.metrics.completedSteps);
  });

  test("overlap.yaml: steps start and finish as their dependency types say", async () => {
    const { run } = await execute("overlap.yaml");
    const step = (id: string) => run.steps.find((one: { id: string }) => one.id === id);
    expect(step("probe").startTime >= step("service").startTime).toBe(true);
    expect(step("probe").endTime <= step("service").endTime).toBe(true);
    expect(step("report").endTime >= step("service").endTime).toBe(true);
    expect(step("service").endTime >= step("handover").startTime).toBe(true);
  });

  test("commands of the examples run and use their input and context", async () => {
    const { cwd } = await execute("pipeline.json");
    expect(readFileSync(join(cwd, "published.txt"), "utf8")).toBe("27\n");
    const { run } = await execute("step-fields.yaml");
    expect(run.steps[0]).toMatchObject({ name: "A step for people", output: "hello 2" });
    const { run: shown } = await execute("context.yaml", { context: { environment: "production" } });
    expect(shown.steps[0].output).toBe("production email");
  });
});

describe("fields that are not supported yet", () => {
  test.each([
    ["resources-later.yaml", ["resources", "notifications", "debug"]],
    ["error-handling-later.yaml", ["rollbackStrategy", "circuitBreaker"]],
  ])("%s is refused and names the fields", async (file, names) => {
    const { answer } = await execute(file);
    expect(answer.isError).toBe(true);
    const { text } = answer.content[0]!;
    for (const name of names) expect(text).toMatch(new RegExp(`${name}.*not supported yet`));
  });
});
