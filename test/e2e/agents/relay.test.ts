import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../../rig/baton.ts";
import { official } from "../../rig/official-clients.ts";

const workflow = {
  name: "login",
  description: "People can log in with OAuth",
  steps: [
    { id: "plan", agent: "planner", prompt: "Plan the login", outputKey: "plan" },
    { id: "build", agent: "builder", input: "{{plan}}", verify: ["grep -q OAuth login.ts"], retries: 3 },
    { id: "review", agent: "code-reviewer", condition: "on_success(build)" },
  ],
};

const tokenIn = (text: string): string => /as_[0-9a-z]{22}/.exec(text)![0];

/** The clients know only the text answers of the tools, and read tokens and ids from these. */
test.each([
  ["2025", "2026"],
  ["2026", "2025"],
] as const)(
  "a client of %s plans and builds until a check fails; a client of %s finishes the run from the briefing",
  async (first, second) => {
    const directory = scratch();
    const host = await official(first, directory);
    const started = await host.text("execute_workflow", { workflow });
    expect(started).toContain("plan for planner");

    const plan = await host.text("handoff", { action: "accept", worker: "host" });
    expect(plan).toContain("Plan the login");
    const planned = await host.text("handoff", {
      action: "complete",
      assignment: tokenIn(plan),
      output: { files: ["login.ts"] },
      context: { note: "keep the old form" },
    });
    expect(planned).toContain("completed (reported)");

    const build = await host.text("handoff", { action: "accept", worker: "host" });
    expect(build).toContain('Input:\n    files: ["login.ts"]');
    expect(build).toContain("keep the old form");
    expect(build).toContain("Baton then checks: grep -q OAuth login.ts");
    const checked = await host.text("handoff", {
      action: "complete",
      assignment: tokenIn(build),
      output: "done",
      waitSeconds: 30,
    });
    expect(checked).toContain("verification_failed");
    host.kill();

    const other = await official(second, directory);
    const briefing = await other.text("monitor_workflow", { action: "briefing" });
    expect(briefing.length).toBeLessThan(3_500);
    expect(briefing).toContain("Goal: People can log in with OAuth");
    expect(briefing).toContain('plan (reported, planner): {"files":["login.ts"]}');
    expect(briefing).toContain("build: with host (as builder)");
    expect(briefing).toContain("grep -q OAuth login.ts");
    writeFileSync(join(directory, "login.ts"), "// OAuth\n");
    const built = await other.text("handoff", {
      action: "complete",
      assignment: tokenIn(briefing),
      output: "done indeed",
      waitSeconds: 30,
    });
    expect(built).toContain("completed (verified)");
    const review = await other.text("handoff", { action: "accept", worker: "other" });
    expect(review).toContain("- build delivered (builder, verified): done indeed");
    const end = await other.text("handoff", { action: "complete", assignment: tokenIn(review), output: "fine" });
    expect(end).toContain("the run is completed");
  },
);
