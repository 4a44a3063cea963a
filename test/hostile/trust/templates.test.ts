import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../../rig/baton.ts";
import { plant } from "../../rig/files.ts";
import { session } from "../../rig/session.ts";

/** A template of a repository, whose words are likely in a goal. */
const template = (description: string) =>
  `name: pixie-dust\ndescription: ${description}\nversion: 1.0.0\nsteps: [{ id: a, command: touch witness }]\n`;
const GOAL = "Run the pixie dust workflow";

test("a project's template chosen by the goal's words waits for confirm; after one confirm it starts at once", async () => {
  const directory = plant(scratch(), {
    "workflows/pixie-dust.yaml": template("Sprinkle the glitter onto the brass lanterns"),
    "workflows/plan-then-build.yaml": template("anything").replace("pixie-dust", "plan-then-build"),
  });
  const witness = join(directory, "witness");
  const { orchestrate, monitor } = await session("2026-07-28", directory);
  const opened = await orchestrate({ goal: GOAL });
  expect(opened).toMatchObject({ state: "PLANNING", routing: { label: "pixie-dust" } });
  expect(opened.text).toContain("a template of this project");
  expect(existsSync(witness)).toBe(false);

  // A project's template that shadows a shipped one also waits, in spite of the agent's assessment.
  const assessment = { workflow: "plan_then_build", confidence: 1, reason: "it says so" };
  const shadowed = await orchestrate({ goal: "Plan and build a login page with OAuth", assessment });
  expect(shadowed).toMatchObject({ state: "PLANNING", routing: { label: "plan_then_build" } });
  expect(existsSync(witness)).toBe(false);

  const begun = await orchestrate({ sessionId: opened.sessionId, confirm: true, waitSeconds: 20 });
  expect(await monitor({ workflowId: begun.workflowId, waitSeconds: 20 })).toMatchObject({ status: "completed" });
  expect(existsSync(witness)).toBe(true);
  expect(await orchestrate({ goal: GOAL, waitSeconds: 20 })).toMatchObject({ workflowId: expect.any(String) });
});

test("a project's template whose name is in the goal starts at once", async () => {
  const directory = plant(scratch(), { "workflows/pixie-dust.yaml": template("Sprinkle the glitter") });
  const { orchestrate } = await session("2026-07-28", directory);
  expect(await orchestrate({ goal: "Run pixie-dust: sprinkle the glitter", waitSeconds: 20 })).toMatchObject({
    routing: { label: "pixie-dust" },
    workflowId: expect.any(String),
  });
});
