import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { baton, scratch } from "../rig/baton.ts";
import { inHost, prepareHosts } from "./hosts.ts";
import { call, type Script, workflowIdIn } from "./script.ts";

beforeAll(prepareHosts);

test.each(["claude", "goose"] as const)("%s runs commands, and its model is shown how they went", async (host) => {
  const cwd = scratch();
  const state = join(cwd, "state");
  let workflowId = "";
  const session = await inHost(host, { state, cwd }, function* (): Script {
    const workflow = { name: "Greeting", steps: [{ id: "hello", command: "echo hello from $PWD" }] };
    const started = yield* call("execute_workflow", { workflow });
    workflowId = workflowIdIn(started);
    yield* call("monitor_workflow", { workflowId, waitSeconds: 20 });
    return "It has run.";
  });
  expect(session.shown).toHaveLength(2);
  expect(session.shown[1]).toMatch(/completed/);
  expect(session.shown[1]).toContain(`hello from ${cwd}`);
  const status = await baton(cwd, ["status", workflowId, "--json", "--state", state]);
  expect(JSON.parse(status.stdout)).toMatchObject({
    status: "completed",
    steps: [{ id: "hello", status: "completed" }],
  });
});
