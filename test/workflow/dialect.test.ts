import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Retry } from "../../src/model/workflow.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { levels } from "../../src/workflow/graph/schedule.ts";
import { command, mistakes, parsed } from "./command.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/workflows");
const fixture = (file: string) => ({ text: readFileSync(join(FOLDER, file), "utf8"), file });
const shape = (file: string) => {
  const { workflow } = parsed(fixture(file));
  const plan = compilePlan(workflow, [command]);
  return levels(plan).map((level) => level.map((index) => workflow.steps[index]!.id).join(" "));
};

describe("example workflows in test/fixtures/workflows", () => {
  it.each([
    ["pipeline.json", ["fetch", "sum", "publish"]],
    ["fan-in.json", ["build_pages build_feed", "upload"]],
    ["conditions.json", ["unit", "audit", "to_staging", "smoke", "to_production"]],
    ["step-fields.yaml", ["every_field"]],
    ["dependency-types.yaml", ["one", "after_success after_failure after_all"]],
    ["overlap.yaml", ["service probe report", "handover"]],
    ["context.yaml", ["show"]],
    ["retry-policy.yaml", ["by_policy by_itself"]],
    ["independent-steps.yaml", ["prepare features", "train"]],
    ["chain.json", ["extract", "validate", "transform", "load"]],
    ["services.yaml", ["build_api build_worker build_queue", "deploy_api deploy_worker", "health_check"]],
  ])("the levels of %s", (file, expected) => expect(shape(file)).toEqual(expected));

  it.each([
    [
      "error-handling-later.yaml",
      [
        'error-handling-later.yaml:3:3: field "errorHandling.rollbackStrategy": "rollbackStrategy" is not supported yet',
        'error-handling-later.yaml:4:3: field "errorHandling.circuitBreaker": "circuitBreaker" is not supported yet',
      ],
    ],
    [
      "resources-later.yaml",
      [
        'resources-later.yaml:9:1: field "resources": "resources" is not supported yet',
        'resources-later.yaml:11:1: field "notifications": "notifications" is not supported yet',
        'resources-later.yaml:13:1: field "debug": "debug" is not supported yet',
      ],
    ],
  ])("%s is refused: each unsupported field is named", (file, expected) =>
    expect(mistakes(fixture(file))).toEqual(expected),
  );

  it("every example workflow is tested", () => {
    expect(readdirSync(FOLDER)).toHaveLength(13);
  });

  it("a workflow without a name is named after its file", () => {
    const text = "steps: [{ id: a, command: 'true' }]";
    expect(parsed({ text, file: "flows/build.site.yaml" }).workflow.name).toBe("build.site");
    expect(parsed({ text }).workflow.name).toBe("workflow");
    expect(parsed({ value: { steps: [{ id: "a", command: "true" }] } }).workflow.name).toBe("workflow");
  });

  it("a parsed workflow has every field filled in", () => {
    expect(parsed(fixture("step-fields.yaml")).workflow).toEqual({
      name: "All fields",
      steps: [
        {
          id: "every_field",
          name: "A step for people",
          description: "Says what it sees",
          type: "command",
          config: {
            command: `printf '%s %s' "$GREETING" "$COUNT"`,
            environment: { GREETING: "hello", COUNT: "2" },
            workingDirectory: ".",
          },
          timeout: 300_000,
          retry: { retries: 3, delay: 5000, multiplier: 1 },
          condition: "always",
          onCrash: "retry",
          optional: false,
        },
      ],
      dependencies: [],
      context: {},
    });
    const { workflow } = parsed(fixture("pipeline.json"));
    expect([workflow.timeout, workflow.context]).toEqual([120_000, { environment: "production", priority: "high" }]);
  });
});

describe("retries and retryPolicy", () => {
  const retry = (step: object, policy?: object): Retry => {
    const errorHandling = policy && { errorHandling: { retryPolicy: policy } };
    const value = { name: "w", ...errorHandling, steps: [{ id: "a", command: "true", ...step }] };
    return parsed({ value }).workflow.steps[0]!.retry;
  };
  it.each<[object, object | undefined, Retry]>([
    [{}, undefined, { retries: 0, delay: 1000, multiplier: 1 }],
    [{ retries: 2, retryDelay: 5 }, undefined, { retries: 2, delay: 5, multiplier: 1 }],
    [{}, { maxRetries: 3 }, { retries: 3, delay: 1000, multiplier: 2, maxDelay: 300_000 }],
    [{ retries: 0 }, { maxRetries: 3, retryDelay: 7 }, { retries: 0, delay: 7, multiplier: 2, maxDelay: 300_000 }],
    [
      { retryPolicy: { backoffMultiplier: 3, maxDelay: 9 } },
      { maxRetries: 4, backoffMultiplier: 5, maxDelay: 6 },
      { retries: 4, delay: 1000, multiplier: 3, maxDelay: 9 },
    ],
    [
      { retries: 1, retryPolicy: { maxRetries: 2, retryDelay: 8 } },
      undefined,
      { retries: 1, delay: 8, multiplier: 2, maxDelay: 300_000 },
    ],
  ])("a step %j under the policy %j", (step, policy, expected) => expect(retry(step, policy)).toEqual(expected));
});
