import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { inHost, prepareHosts } from "./hosts.ts";
import { project } from "./project.ts";
import { call, type Script, workflowIdIn } from "./script.ts";

beforeAll(prepareHosts);

test.each(["claude", "goose"] as const)("%s runs commands, and its model sees the outcome", async (host) => {
  const { cwd, state, status } = project();
  let workflowId = "";
  const session = await inHost(host, { state, cwd }, function* (): Script {
    const workflow = { name: "Greeting", steps: [{ id: "hello", command: "echo hello from $PWD" }] };
    workflowId = workflowIdIn(yield* call("execute_workflow", { workflow }));
    yield* call("monitor_workflow", { workflowId, waitSeconds: 20 });
    return "It has run.";
  });
  expect(session.shown).toHaveLength(2);
  expect(session.shown[1]).toMatch(/completed/);
  expect(session.shown[1]).toContain(`hello from ${cwd}`);
  expect(await status(workflowId)).toMatchObject({
    status: "completed",
    steps: [{ id: "hello", status: "completed" }],
  });
});

test.each([
  ["claude", "goose"],
  ["goose", "claude"],
] as const)("a run left by %s continues in %s, and repeats no completed step", async (first, second) => {
  const { cwd, state, status } = project();
  const [said, gate] = [join(cwd, "said"), join(cwd, "gate")];
  let workflowId = "";
  await inHost(first, { cwd, state }, function* (): Script {
    const workflow = {
      name: "Left behind",
      steps: [
        { id: "once", command: "echo once >> said" },
        { id: "held", command: "echo held >> said; until [ -e gate ]; do sleep 0.1; done; echo through" },
      ],
      dependencies: [{ from: "once", to: "held" }],
    };
    workflowId = workflowIdIn(yield* call("execute_workflow", { workflow }));
    while (!(existsSync(said) && readFileSync(said, "utf8").includes("held")))
      yield* call("monitor_workflow", { workflowId, waitSeconds: 1 });
    return "I have to go.";
  });
  expect(await status(workflowId)).toMatchObject({ steps: [{ id: "once", status: "completed" }, { id: "held" }] });

  const session = await inHost(second, { cwd, state }, function* (): Script {
    writeFileSync(gate, "");
    yield* call("monitor_workflow", { workflowId, waitSeconds: 45 });
    return "It is through.";
  });
  expect(session.shown[0]).toMatch(/completed/);
  expect(await status(workflowId)).toMatchObject({
    status: "completed",
    steps: [
      { id: "once", attempt: 1 },
      { id: "held", attempt: 2, output: "through" },
    ],
  });
  expect(readFileSync(said, "utf8")).toBe("once\nheld\nheld\n");
});
