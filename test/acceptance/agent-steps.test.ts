import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { audit, build, plan, review } from "./deliverables.ts";
import { inHost, prepareHosts } from "./hosts.ts";
import { project } from "./project.ts";
import { assignmentIn, assignmentsIn, call, type Script, workflowIdIn } from "./script.ts";

beforeAll(prepareHosts);

const agents = fileURLToPath(new URL("../../agents", import.meta.url));

describe("an agent step", () => {
  test.each(["claude", "goose"] as const)("an agent step is accepted and completed by %s", async (host) => {
    const { cwd, state, status } = project();
    let workflowId = "";
    const session = await inHost(host, { cwd, state }, function* (): Script {
      const workflow = { name: "Plan", steps: [{ id: "plan", agent: "planner", prompt: "Plan the login page." }] };
      workflowId = workflowIdIn(yield* call("execute_workflow", { workflow }));
      const assignment = assignmentIn(yield* call("handoff", { action: "accept", workflowId }));
      yield* call("handoff", { action: "complete", assignment, output: plan });
      yield* call("monitor_workflow", { workflowId, waitSeconds: 20 });
      return "The plan is handed in.";
    });
    const [started, accepted, completed, monitored] = session.shown;
    expect(started).toMatch(/ready/i);
    expect(started).toContain("planner");
    expect(accepted).toContain("Plan the login page.");
    expect(accepted).toContain("planner.md");
    expect(completed).toMatch(/completed/);
    expect(monitored).toMatch(/completed/);
    expect(await status(workflowId)).toMatchObject({
      status: "completed",
      steps: [{ id: "plan", status: "completed", output: plan }],
    });
  });

  test("an agent step is completed by Baton's checks, not by the model's word", async () => {
    const { cwd, state, status } = project();
    let workflowId = "";
    const session = await inHost("claude", { cwd, state }, function* (): Script {
      const step = {
        ...{ id: "build", agent: "builder", prompt: "Write page.txt.", retries: 1 },
        output: { type: "object", required: ["summary", "filesChanged"] },
        verify: "grep welcome page.txt",
      };
      workflowId = workflowIdIn(yield* call("execute_workflow", { workflow: { name: "Build", steps: [step] } }));
      const assignment = assignmentIn(yield* call("handoff", { action: "accept", workflowId }));
      const deliver = (output: unknown) => call("handoff", { action: "complete", assignment, output, waitSeconds: 20 });
      yield* deliver({ summary: "All done." });
      yield* deliver(build);
      yield* call("Write", { file_path: join(cwd, "page.txt"), content: "welcome\n" });
      yield* deliver(build);
      return "Now it is there.";
    });
    const [, , unfit, unproven, , proven] = session.shown;
    expect(unfit).toContain("filesChanged");
    expect(unproven).toMatch(/page\.txt: No such file/);
    expect(proven).toMatch(/completed/);
    expect(await status(workflowId)).toMatchObject({
      status: "completed",
      steps: [{ id: "build", status: "completed", evidence: "verified", attempt: 2 }],
    });
  });
});

describe("a run that continues in another host", () => {
  test.each([
    ["claude", "goose"],
    ["goose", "claude"],
  ] as const)("a run planned in %s is completed in %s", async (first, second) => {
    const { cwd, state, status } = project();
    let workflowId = "";
    await inHost(first, { cwd, state }, function* (): Script {
      const workflow = {
        name: "Plan and build",
        steps: [
          { id: "plan", agent: "planner", prompt: "Plan the login page." },
          { id: "build", agent: "builder", input: { plan: "{{steps.plan.output}}" } },
        ],
      };
      workflowId = workflowIdIn(yield* call("execute_workflow", { workflow }));
      const assignment = assignmentIn(yield* call("handoff", { action: "accept", workflowId }));
      yield* call("handoff", { action: "complete", assignment, output: plan });
      return "The plan is handed in.";
    });
    expect(await status(workflowId)).toMatchObject({
      steps: [
        { id: "plan", status: "completed" },
        { id: "build", status: "ready" },
      ],
    });

    const session = await inHost(second, { cwd, state }, function* (): Script {
      const found = workflowIdIn(yield* call("monitor_workflow", { action: "briefing" }));
      const assignment = assignmentIn(yield* call("handoff", { action: "accept", workflowId: found }));
      yield* call("handoff", { action: "complete", assignment, output: build });
      return "It is built.";
    });
    const [briefing, accepted] = session.shown;
    expect(briefing).toContain(workflowId);
    expect(briefing).toContain("build");
    // The model of the second host sees the plan of the first.
    expect(accepted).toContain("A form, its check, and a test.");
    expect(await status(workflowId)).toMatchObject({
      status: "completed",
      steps: [
        { id: "plan", status: "completed", attempt: 1, output: plan },
        { id: "build", status: "completed", attempt: 1, output: build },
      ],
    });
  });

  test.each([
    ["claude", "goose"],
    ["goose", "claude"],
  ] as const)("a step accepted in %s, which is killed, is delivered in %s", async (first, second) => {
    const { cwd, state, status } = project();
    const death = new AbortController();
    let workflowId = "";
    await inHost(
      first,
      { cwd, state },
      function* (): Script {
        const workflow = { name: "Plan", steps: [{ id: "plan", agent: "planner", prompt: "Plan the login page." }] };
        workflowId = workflowIdIn(yield* call("execute_workflow", { workflow }));
        const assignment = assignmentIn(yield* call("handoff", { action: "accept", workflowId, worker: "first" }));
        yield* call("handoff", { action: "progress", assignment, percent: 40, task: "reading the routes" });
        death.abort();
        return "Nobody hears this.";
      },
      { dies: death.signal },
    );
    expect(await status(workflowId)).toMatchObject({ steps: [{ id: "plan", status: "assigned", attempt: 1 }] });

    const session = await inHost(second, { cwd, state }, function* (): Script {
      const assignment = assignmentIn(yield* call("monitor_workflow", { action: "briefing" }));
      yield* call("handoff", { action: "complete", assignment, output: plan });
      return "Delivered in its stead.";
    });
    expect(session.shown[0]).toContain("reading the routes");
    expect(await status(workflowId)).toMatchObject({
      status: "completed",
      steps: [{ id: "plan", status: "completed", attempt: 1, output: plan }],
    });
  });
});

test("subagents of Claude Code deliver with one assignment each", async () => {
  const { cwd, state, status } = project();
  cpSync(agents, join(cwd, ".claude/agents"), { recursive: true });
  let workflowId = "";
  const outputs: Record<string, object> = { "code-reviewer": review, "security-scout": audit };
  const reviewers = Object.keys(outputs);
  const subagent = (agent: string) =>
    function* (beginning: string): Script {
      const assignment = assignmentIn({ text: beginning });
      yield* call("handoff", { action: "complete", assignment, output: outputs[agent] });
      return "Delivered.";
    };
  await inHost(
    "claude",
    { cwd, state },
    function* (): Script {
      const steps = reviewers.map((agent) => ({ id: agent, agent, prompt: `Look at src as ${agent}.` }));
      workflowId = workflowIdIn(yield* call("execute_workflow", { workflow: { name: "Look", steps } }));
      const accepted = yield* call("handoff", { action: "accept", workflowId, count: 2 });
      yield {
        calls: assignmentsIn(accepted).map((assignment, index) => ({
          tool: "Agent",
          input: {
            description: `Perform ${reviewers[index]}`,
            prompt: `Perform the step of ${reviewers[index]}. Your assignment is ${assignment}.`,
            subagent_type: reviewers[index],
            run_in_background: false,
          },
        })),
      };
      return "Both have delivered.";
    },
    { subagents: Object.fromEntries(reviewers.map((agent) => [`the step of ${agent}`, subagent(agent)])) },
  );
  expect(await status(workflowId)).toMatchObject({
    status: "completed",
    steps: reviewers.map((agent) => ({ id: agent, status: "completed", output: outputs[agent] })),
  });
});
