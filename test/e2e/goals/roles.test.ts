import { join } from "node:path";
import { expect, test } from "vitest";
import { baton, scratch } from "../../rig/baton.ts";
import { capability, plant } from "../../rig/files.ts";
import { session } from "../../rig/session.ts";

/** Who does the roles of Baton's templates, and what they hand over. */

const goal = "Add coupons to the shop";
const plan = {
  ...{ goal, summary: "one file", scope: { in: ["coupons"], out: ["gift cards"] }, learnings: ["prices are cents"] },
  steps: [{ id: "coupons", title: "Coupons", work: "Write coupons.json", verify: "test -f coupons.json" }],
};

test("a role that the project's file takes over is named at the start, by tool and at a terminal", async () => {
  const directory = plant(scratch(), { "package.json": "{}", ".claude/agents/planner.md": capability("planner") });
  const { orchestrate, rpc } = await session("2026-07-28", directory);
  const started = await orchestrate({ goal, workflow: "plan_then_build" });
  const said = `the role "planner" is done by "planner" from ${join(directory, ".claude/agents/planner.md")} (project), not by Baton's own agent. Rename that file if this is not meant.`;
  expect(started.warnings).toEqual([`warning: ${said}`]);
  expect(started.text).toContain(`Note: warning: ${said}`);
  expect(started.text).toContain("# planner");
  expect(rpc.noise).toEqual([]);
  const built = await baton(directory, ["build", "Another goal", "--workflow", "plan_then_build", "--detach"]);
  expect(built.stdout).toContain(`warning: ${said}`);
});

test("a builder gets the ids of its step and plan, and all learnings; the plan keeps its id", async () => {
  const directory = plant(scratch(), { "package.json": "{}" });
  const { orchestrate, handoff, monitor, inputOf } = await session("2026-07-28", directory);
  const started = await orchestrate({ goal, workflow: "plan_then_build" });
  expect(started).not.toHaveProperty("warnings");
  expect(started.routing.agents).toEqual(["planner", "builder-typescript"]);
  const [{ assignment }] = started.assignments;
  const { assignments } = await handoff({ action: "complete", assignment, output: plan, next: true, waitSeconds: 45 });
  expect(assignments).toMatchObject([{ stepId: "build.coupons", agent: "builder-typescript" }]);
  const planId = `bp_${started.sessionId.slice(3)}`;
  const input = await inputOf(assignments[0].assignment);
  expect(input.handoff).toEqual({
    from: "planner",
    to: "builder",
    context: {
      ...{ task_id: "coupons", plan_id: planId, plan_summary: "one file", learnings_loaded: ["prices are cents"] },
      requirements_summary: { scope_in: ["coupons"], scope_out: ["gift cards"] },
    },
  });
  await monitor({ action: "cancel", workflowId: started.workflowId });
  const again = await orchestrate({ action: "route", goal });
  expect(again).toMatchObject({ label: "build_only", planId });
  const second = await orchestrate({ goal });
  expect(second.assignments).toMatchObject([{ stepId: "build.coupons" }]);
  const handed = await inputOf(second.assignments[0].assignment);
  expect(handed.handoff.context).toEqual(input.handoff.context);
});
