import { expect, test } from "vitest";
import { sharedSession } from "../rig/session.ts";

const serve = sharedSession();

const workflow = {
  name: "two",
  steps: [
    { id: "a", agent: "one" },
    { id: "b", agent: "one" },
  ],
  dependencies: [{ from: "a", to: "b" }],
};

/** Starts a run and accepts its first step. */
async function held() {
  const { execute, handoff } = await serve();
  const { workflowId } = await execute({ workflow });
  const [{ assignment }] = (await handoff({ workflowId, worker: "w" })).assignments;
  return { workflowId, assignment: assignment as string };
}

/** Checks that every action with a token is refused for this reason. */
async function refused(assignment: string, reason: RegExp): Promise<void> {
  const { handoff } = await serve();
  for (const use of [
    { action: "complete", output: "forged" },
    { action: "progress", percent: 5 },
    { action: "fail", reason: "forged" },
    { action: "release" },
    { action: "ask", questions: ["forged?"] },
  ]) {
    const answer = await handoff({ ...use, assignment });
    expect(answer.isError, `${use.action} ${assignment}: ${answer.text}`).toBe(true);
    expect(answer.text).toMatch(reason);
  }
}

const UNKNOWN = /\((unknown_assignment|bad_input|not_found)\)/;

test("handoff refuses a token that is cut, changed or spelled differently", async () => {
  const { workflowId, assignment } = await held();
  const other = assignment.endsWith("0") ? "1" : "0";
  for (const forged of [
    assignment.slice(0, -1),
    `${assignment}0`,
    assignment.slice(0, -1) + other,
    assignment.toUpperCase(),
    assignment.replace("as_", "AS_"),
    ` ${assignment}`,
    `${assignment}\n`,
    `${assignment}\0`,
    assignment.slice(3),
    `as_${workflowId.slice(3)}`,
    "as_",
    "../../inbox",
    "__proto__",
    "constructor",
  ]) {
    await refused(forged, UNKNOWN);
  }
  const { monitor } = await serve();
  expect((await monitor({ workflowId })).activeSteps).toMatchObject([{ id: "a" }]);
});

test("a token of one run completes no step of another run, also with its workflowId", async () => {
  const { handoff, monitor } = await serve();
  const [one, two] = [await held(), await held()];
  const secret = one.assignment.slice(one.workflowId.length);
  // The id of the second run with the secret of the first.
  await refused(`as_${two.workflowId.slice(3)}${secret}`, UNKNOWN);
  const answer = await handoff({
    action: "complete",
    assignment: one.assignment,
    workflowId: two.workflowId,
    output: "x",
  });
  const { steps } = await monitor({ workflowId: two.workflowId, detail: "full" });
  expect(steps[0].status, answer.text).toBe("assigned");
});

test("handoff refuses a token from before a restore; a fork has its own token", async () => {
  const { handoff, checkpoint, monitor } = await serve();
  const { workflowId, assignment } = await held();
  const made = (await checkpoint({ action: "create", workflowId })).checkpoint;
  const fork = await checkpoint({ action: "fork", workflowId });
  const answer = await handoff({ action: "accept", workflowId: fork.workflowId, worker: "w" });
  expect(answer.assignments[0].assignment).not.toBe(assignment);
  await checkpoint({ action: "restore", checkpointId: made.checkpointId });
  await refused(assignment, /\(assignment_lost\)/);
  const { steps } = await monitor({ workflowId: fork.workflowId, detail: "full" });
  expect(steps[0].status).toBe("assigned");
  // The fork's token is valid, and affects only the fork.
  expect(
    (await handoff({ action: "complete", assignment: answer.assignments[0].assignment, output: "x" })).isError,
  ).toBe(false);
  expect((await monitor({ workflowId })).status).toBe("paused");
});

test("handoff refuses a released token and the token of a completed step", async () => {
  const { handoff } = await serve();
  const one = await held();
  await handoff({ action: "release", assignment: one.assignment });
  await refused(one.assignment, /\(assignment_(lost|over)\)/);
  const two = await held();
  await handoff({ action: "complete", assignment: two.assignment, output: "x" });
  const answer = await handoff({ action: "complete", assignment: two.assignment, output: "another" });
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(/\(assignment_over\)/);
});
