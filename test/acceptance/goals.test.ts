import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { baton } from "../rig/baton.ts";
import { inHost, prepareHosts } from "./hosts.ts";
import { project } from "./project.ts";
import { assignmentIn, call, type Script, workflowIdIn } from "./script.ts";

beforeAll(prepareHosts);

test.each(["claude", "goose"] as const)("a goal becomes a verified result in %s", async (host) => {
  const { cwd, state, status } = project();
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ scripts: { test: "grep -q welcome page.txt" } }));
  let workflowId = "";
  const session = await inHost(host, { cwd, state }, function* (): Script {
    const goal = "Fix the bug that page.txt does not welcome anybody";
    const started = yield* call("orchestrate", { goal });
    workflowId = workflowIdIn(started);
    const assignment = assignmentIn(started);
    const output = { summary: "It welcomes.", filesChanged: ["page.txt"] };
    const deliver = () => call("handoff", { action: "complete", assignment, output, waitSeconds: 20 });
    yield* deliver();
    writeFileSync(join(cwd, "page.txt"), "welcome\n");
    yield* deliver();
    return "It is mended.";
  });
  const [started, refused, done] = session.shown;
  expect(started).toMatch(/build_only/);
  expect(started).toMatch(/npm test/);
  expect(started).toContain("does not welcome anybody");
  expect(refused).toMatch(/verification_failed/);
  expect(done).toMatch(/verified/);
  // The last delivery brings what the user is to be told.
  expect(done).toMatch(/page\.txt/);
  expect(done).toMatch(/npm test.*exit code 0/);
  expect(session.shown).toHaveLength(3);
  expect(session.shown.join("").length).toBeLessThanOrEqual(6_000);
  expect(await status(workflowId)).toMatchObject({ status: "completed", template: "build-only@1.0.0" });
  const { stdout } = await baton(cwd, ["session", "--state", state]);
  expect(stdout).toMatch(/COMPLETED +build_only/);
});
