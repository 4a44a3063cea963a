import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hostile } from "../../fixtures/hostile.ts";
import { sharedSession } from "../../rig/session.ts";

const serve = sharedSession();

const build = (verify: unknown, rest: object = {}) => ({ id: "build", agent: "builder", verify, ...rest });

test("verify: {{plan.checks}} gives each check to the worker, and a failed check is reported by its command", async () => {
  const { directory, execute, handoff, monitor } = await serve();
  const { workflowId } = await execute({
    workflow: {
      name: "from data",
      steps: [{ id: "plan", agent: "planner", outputKey: "plan" }, build(["true", "{{plan.checks}}"], { retries: 1 })],
    },
  });
  const [plan] = (await handoff({ workflowId })).assignments;
  const checks = ["test -f 'made it.txt'", 'grep -q "a b" *.txt && echo "$BATON_STEP_ID" > seen'];
  await handoff({ action: "complete", assignment: plan.assignment, output: { checks } });
  const accepted = await handoff({ workflowId, worker: "w" });
  const [made] = accepted.assignments;
  expect(made.checks).toEqual(["true", ...checks]);
  expect(accepted.text).toContain(checks[1]);
  const failed = await handoff({ action: "complete", assignment: made.assignment, waitSeconds: 20 });
  expect(failed).toMatchObject({ status: "assigned", error: { reason: "verification_failed" } });
  expect(failed.error.message).toBe(`check "${checks[0]}" failed: exit code 1`);
  writeFileSync(join(directory, "made it.txt"), "a b\n");
  const done = await handoff({ action: "complete", assignment: made.assignment, waitSeconds: 20 });
  expect(done).toMatchObject({ status: "completed", evidence: "verified" });
  expect(existsSync(join(directory, "seen"))).toBe(true);
  expect(await monitor({ workflowId, waitSeconds: 20 })).toMatchObject({ success: true });
});

test("verify without checks gives evidence reported; a check that is no command fails with value_refused", async () => {
  const { execute, handoff, monitor } = await serve();
  const start = (checks: unknown) =>
    execute({ workflow: { name: "none", steps: [build("{{parameters.checks}}")] }, parameters: { checks } });
  for (const none of [null, []]) {
    const { workflowId } = await start(none);
    const [held] = (await handoff({ workflowId })).assignments;
    expect(held.checks).toEqual([]);
    const done = await handoff({ action: "complete", assignment: held.assignment });
    expect(done).toMatchObject({ status: "completed", evidence: "reported" });
  }
  const { workflowId } = await start({ npm: "test" });
  const ended = await monitor({ workflowId, waitSeconds: 20 });
  expect(ended.steps[0]).toMatchObject({ status: "failed", error: { reason: "value_refused" } });
  expect(ended.ready).toEqual([]);
});

/** Each would pass or do harm if it became part of a larger shell text or an option of the shell. */
const breakouts = [
  'false"; true; "',
  "false'; true; '",
  'false" || touch CANARY; true "',
  '"; touch CANARY; "',
  "'; touch CANARY; '",
  "'\"; touch CANARY; \"'",
  'false\n"\ntrue\n',
  "-n",
  "-c true",
  "-e touch CANARY",
  "--",
  "--version",
  "false # \\",
  "exit 3",
  "kill $$",
  "false $BATON_V2",
  '"${BATON_V1',
];

test("a check from data cannot break out of its shell command", async () => {
  const { directory, execute, handoff } = await serve();
  const canary = join(directory, "canary");
  const texts = breakouts.map((text) => text.replaceAll("CANARY", canary));
  const steps = texts.map((_, at) => ({
    ...build([`{{parameters.v${at}}}`, `touch after-${at}`]),
    id: `s${at}`,
  }));
  const parameters = Object.fromEntries(texts.map((text, at) => [`v${at}`, text]));
  const { workflowId } = await execute({ workflow: { name: "hostile", steps }, parameters });
  for (const at of texts.keys()) {
    const [{ assignment, checks }] = (await handoff({ workflowId, stepId: `s${at}` })).assignments;
    expect(checks[0]).toBe(texts[at]);
    // Before the work, all checks run. After it, none runs after one that failed.
    rmSync(join(directory, `after-${at}`));
    const done = await handoff({ action: "complete", assignment, waitSeconds: 20 });
    expect(done, texts[at]).toMatchObject({ status: "failed", error: { reason: "verification_failed" } });
    expect(existsSync(join(directory, `after-${at}`)), texts[at]).toBe(false);
  }
  expect(existsSync(canary)).toBe(false);
});

test("a quoted hostile value in a check stays one word", async () => {
  const { directory, execute, handoff } = await serve();
  const values = hostile.map((value) => value.replaceAll("CANARY", join(directory, "canary")));
  const quoted = values.map((value) => `printf '%s\\0' '${value.replaceAll("'", "'\\''")}' >> out`);
  const { workflowId } = await execute({
    workflow: { name: "quoted", steps: [build("{{parameters.checks}}")] },
    parameters: { checks: quoted },
  });
  const [held] = (await handoff({ workflowId })).assignments;
  // The checks ran before the work, too.
  rmSync(join(directory, "out"));
  const done = await handoff({ action: "complete", assignment: held.assignment, waitSeconds: 45 });
  expect(done, done.text).toMatchObject({ status: "completed", evidence: "checked" });
  expect(readFileSync(join(directory, "out"), "utf8").split("\0").slice(0, -1)).toEqual(values);
  expect(existsSync(join(directory, "canary"))).toBe(false);
});
