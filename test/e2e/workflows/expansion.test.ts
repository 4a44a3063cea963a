import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sharedSession } from "../../rig/session.ts";

const serve = sharedSession();

const workflow = {
  name: "planned",
  steps: [
    { id: "plan", agent: "planner", outputKey: "plan" },
    {
      id: "build",
      type: "grow",
      from: "{{plan.steps}}",
      step: {
        id: "{{item.id}}",
        dependsOn: "{{item.dependsOn}}",
        name: "{{item.title}}",
        agent: "builder",
        prompt: "{{item.title}}, as the plan says: {{plan.goal}}",
        verify: "{{item.verify}}",
        retries: 1,
      },
    },
    { id: "last", command: "cat api.txt ui.txt > all.txt; echo {{steps.build.output}}" },
  ],
};
const steps = [
  { id: "ui", title: "The page", verify: { file: "ui.txt", contains: "ui" }, dependsOn: ["api"] },
  { id: "api", title: "The api", verify: ["test -e api.txt", "test \"$(cat api.txt)\" = '{{x}}'"] },
];

test("a plan expands into the run: its steps are built and verified in order, then the last step runs", async () => {
  const { execute, monitor, handoff, checkpoint, directory } = await serve();
  const { workflowId } = await execute({ workflow });
  const planner = (await handoff({ workflowId, agent: "planner" })).assignments[0];
  const output = { goal: "one page", steps };
  await handoff({ action: "complete", assignment: planner.assignment, output });

  const api = await ready("api");
  expect((await monitor({ workflowId })).ready).toEqual([]);
  expect(api).toMatchObject({ stepId: "api", text: expect.stringContaining("The api, as the plan says: one page") });
  expect(await monitor({ workflowId })).toMatchObject({ progress: { completed: 1, total: 4 } });
  await handoff({ action: "complete", assignment: api.assignment, output: 1 });
  const { assignment } = await retryOf("api");
  writeFileSync(join(directory, "api.txt"), "{{x}}\n");
  await handoff({ action: "complete", assignment, output: 2 });

  const ui = await ready("ui");
  writeFileSync(join(directory, "ui.txt"), "ui\n");
  expect(existsSync(join(directory, "all.txt"))).toBe(false);
  await handoff({ action: "complete", assignment: ui.assignment, output: 3 });
  const done = await until(({ success }) => success !== undefined);
  expect(done).toMatchObject({ status: "completed", metrics: { totalSteps: 4 } });
  expect(done.steps.map(({ id, evidence }: { id: string; evidence: string }) => `${id} ${evidence}`)).toEqual([
    "plan reported",
    "build verified",
    "last observed",
    "ui verified",
    "api verified",
  ]);
  expect(done.steps[2].output).toBe('["ui","api"]');
  expect(readFileSync(join(directory, "all.txt"), "utf8")).toBe("{{x}}\nui\n");

  // A fork keeps the expanded steps. A restore to the plan removes them, and a resume expands the plan again.
  const fork = await checkpoint({ action: "fork", workflowId });
  expect(await monitor({ workflowId: fork.workflowId, detail: "full" })).toMatchObject({
    status: "completed",
    metrics: { totalSteps: 4 },
  });
  const { checkpoints } = await checkpoint({ action: "list", workflowId });
  const first = checkpoints.find(({ step }: { step?: string }) => step === "plan") ?? checkpoints.at(-1);
  const back = await checkpoint({ action: "restore", checkpointId: first.id ?? first.checkpointId, scope: "state" });
  expect(back).toMatchObject({ status: "paused", progress: { total: 2 } });
  expect(back.restored.state.steps).toContainEqual({ stepId: "ui", now: "completed", was: "absent" });
  await monitor({ action: "resume", workflowId });
  const again = await ready("api");
  expect(again.attempt).toBeGreaterThan(1);
  expect((await checkpoint({ action: "fork", workflowId })).progress).toMatchObject({ total: 4 });

  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async function until(holds: (run: any) => boolean) {
    for (let rev = 0; ; ) {
      const run = await monitor({ workflowId, since: rev, waitSeconds: 30, detail: "full" });
      if (holds(run)) return run;
      rev = run.rev;
    }
  }
  async function ready(stepId: string) {
    await until((run) => run.ready.some((one: { stepId: string }) => one.stepId === stepId));
    return (await handoff({ workflowId, stepId })).assignments[0];
  }
  async function retryOf(stepId: string) {
    const again = ({ id, attempt }: { id: string; attempt: number }) => id === stepId && attempt === 2;
    return (await until((run) => run.activeSteps.some(again))).activeSteps.find(again);
  }
});

test("a plan with mistakes expands nothing, and every mistake is reported", async () => {
  const { execute, handoff, monitor } = await serve();
  const { workflowId } = await execute({ workflow });
  const { assignments } = await handoff({ workflowId });
  const broken = [steps[0], { id: "last", title: "x", verify: "true", dependsOn: ["ui"] }, 7];
  await handoff({ action: "complete", assignment: assignments[0].assignment, output: { goal: "", steps: broken } });
  let run = await monitor({ workflowId, detail: "full" });
  while (run.status === "running") run = await monitor({ workflowId, since: run.rev, waitSeconds: 30, detail: "full" });
  expect(run).toMatchObject({ status: "failed", progress: { total: 3 } });
  const { reason, message } = run.steps[1].error;
  expect(reason).toBe("growth_refused");
  expect(message).toContain("element 2 is a number, not an object");
  expect(message).toContain('element 0 ("ui"): dependsOn names "api", which is the id of no element');
  expect(message).toContain('the run has a step "last" already');
});

test("a foreach in an expanded step can use the element of the expansion", async () => {
  const { execute } = await serve();
  const pattern = {
    as: "team",
    step: { as: "one", items: "{{team.who}}", step: { command: "echo {{team.name}} {{one}}" } },
  };
  const grow = {
    id: "all",
    type: "grow",
    from: [
      { name: "a", who: [1, 2] },
      { name: "b", who: [3] },
    ],
    ...pattern,
  };
  const done = await execute({ workflow: { name: "teams", steps: [grow] }, waitSeconds: 30, detail: "full" });
  expect(done).toMatchObject({ status: "completed", steps: [{}, { output: ["a 1", "a 2"] }, { output: ["b 3"] }] });
});
