import { describe, expect, test } from "vitest";
import { baton } from "../../rig/baton.ts";
import { session, sharedSession } from "../../rig/session.ts";

const serve = sharedSession();

const planner = { id: "plan", agent: "planner", prompt: "Plan it", questions: 2 };
const WHICH = [{ question: "Which provider?", options: ["google", "github"], default: "github" }, "Which scopes?"];

describe.each(["2025-11-25", "2026-07-28"] as const)("handoff ask and answer (%s)", (era) => {
  test("questions survive a kill; the next assignment has the answers; after the last round: questions_exhausted", async () => {
    const first = await session(era);
    const { workflowId } = await first.execute({ workflow: { name: "asked", steps: [planner] } });
    const [plan] = (await first.handoff({ workflowId, worker: "w" })).assignments;
    expect(plan.text).not.toContain("The person was asked");
    const { assignment } = plan;

    const wrong = await first.handoff({ action: "ask", assignment, questions: [] });
    expect(wrong).toMatchObject({ isError: true, error: { reason: "bad_input" } });
    const asked = await first.handoff({ action: "ask", assignment, questions: WHICH });
    expect(asked).toMatchObject({ isError: false, status: "waiting", attempt: 1, questions: [{ round: 1 }] });
    const call = `handoff {action: "answer", workflowId: "${workflowId}", stepId: "plan", round: 1, answers: {"q1": …, "q2": …}}`;
    expect(asked.next).toContain(call);
    expect(asked.text).toContain('- q1: "Which provider?" [google | github] (default: github)');
    const again = await first.handoff({ action: "ask", assignment, questions: WHICH });
    expect(again).toMatchObject({ isError: false, status: "waiting", repeated: true });
    expect(again.text).toContain("already recorded");
    const late = await first.handoff({ action: "complete", assignment, output: "x" });
    expect(late).toMatchObject({ isError: true, error: { reason: "assignment_over" } });

    await first.rpc.kill();
    const { monitor, handoff, read } = await session(era, first.directory);
    // Open questions end the wait at once.
    const seen = await monitor({ workflowId, waitSeconds: 45 });
    expect(seen).toMatchObject({
      status: "waiting",
      ready: [],
      activeSteps: [],
      questions: [{ workflowId, stepId: "plan", agent: "planner", round: 1, questions: [{ id: "q1" }, { id: "q2" }] }],
      steps: [{ status: "waiting", asks: "asks the person 2 questions (round 1 of at most 2)" }],
    });
    expect(seen.next).toBe(`ask the user the questions of step "plan", then ${call}.`);
    expect(seen.text).toContain('- q2: "Which scopes?"');
    const brief = await monitor({ action: "briefing" });
    expect(brief.briefing).toContain("Waits for a person:\n- plan, planner, round 1, ");
    expect(brief.briefing).toContain(
      '- plan, planner, round 1, q1: "Which provider?" [google | github] (default: github)',
    );
    expect(brief.briefing).toContain(call);

    const answer = (answers: unknown, rest: object = {}) =>
      handoff({ action: "answer", workflowId, stepId: "plan", answers, ...rest });
    const lacking = await answer({ q1: "google", q3: "all" });
    expect(lacking).toMatchObject({ isError: true, error: { reason: "answers_incomplete" } });
    expect(lacking.error.message).toContain('there is no question "q3", did you mean "q1"; "q2" is not answered');
    const answered = await answer({ q1: "google", q2: ["email"] }, { round: 1 });
    // The step goes back to who asked.
    expect(answered).toMatchObject({ isError: false, status: "assigned", ready: [] });
    const [second] = answered.assignments;
    expect(second).toMatchObject({ stepId: "plan", attempt: 2, worker: "w" });
    expect(second.text).toContain(
      'The person was asked and answered:\n- "Which provider?" (asked by plan): google\n- "Which scopes?" (asked by plan): ["email"]',
    );
    expect(answered.next).toContain("do the assignment as it says");
    const repeated = await answer(["google", ["email"]]);
    expect(repeated).toMatchObject({ isError: false, repeated: true });
    expect(repeated.assignments).toEqual(answered.assignments);
    expect(await answer(["github", "none"])).toMatchObject({ isError: true, error: { reason: "answered_otherwise" } });

    await handoff({ action: "ask", assignment: second.assignment, questions: ["Sure?"] });
    await answer(["yes"], { take: false });
    const [third] = (await handoff({ workflowId, worker: "w" })).assignments;
    expect(await read(third.assignment, "answers")).toMatch(/google.*email.*Sure\?\n\(asked by plan\)\nAnswer: yes/s);
    const exhausted = await handoff({ action: "ask", assignment: third.assignment, questions: ["Really?"] });
    expect(exhausted).toMatchObject({ isError: true, error: { reason: "questions_exhausted" } });
    expect(exhausted.error.message).toContain("open questions in the output");
    const done = await handoff({
      action: "complete",
      assignment: third.assignment,
      output: { openQuestions: ["Really?"] },
    });
    expect(done).toMatchObject({ status: "completed", runStatus: "completed" });
  });
});

test("monitor_workflow of a parent run shows the questions of its child run; other steps go on", async () => {
  const { execute, monitor, handoff } = await serve();
  const run = await execute({
    workflow: {
      name: "outer",
      steps: [
        { id: "sub", workflow: { name: "inner", steps: [planner] } },
        { id: "other", agent: "scribe" },
      ],
    },
    waitSeconds: 20,
  });
  const { workflowId } = run;
  const [plan] = (await handoff({ workflowId, agent: "planner" })).assignments;
  await handoff({ action: "ask", assignment: plan.assignment, questions: ["Which?"] });
  const seen = await monitor({ workflowId, waitSeconds: 20 });
  expect(seen.questions).toMatchObject([{ workflowId: plan.workflowId, stepId: "plan", questions: [{ id: "q1" }] }]);
  expect(seen.next).toContain(`handoff {action: "answer", workflowId: "${plan.workflowId}"`);
  expect(seen.next).toContain(`Meanwhile: handoff {action: "accept", workflowId: "${workflowId}"}`);
  const [other] = (await handoff({ workflowId })).assignments;
  await handoff({ action: "complete", assignment: other.assignment });
  const answered = await handoff({ action: "answer", workflowId: plan.workflowId, stepId: "plan", answers: ["this"] });
  const [again] = answered.assignments;
  // A wait for the parent run ends when the child run has a question.
  const waiting = monitor({ workflowId, waitSeconds: 45 });
  await handoff({ action: "ask", assignment: again.assignment, questions: ["Sure?"] });
  expect((await waiting).questions).toMatchObject([{ round: 2 }]);
  const sure = await handoff({ action: "answer", workflowId: plan.workflowId, stepId: "plan", answers: ["yes"] });
  const [last] = sure.assignments;
  await handoff({ action: "complete", assignment: last.assignment });
  expect(await monitor({ workflowId, waitSeconds: 20 })).toMatchObject({ status: "completed" });
});

test("a fork keeps the answers; a long answer is cut, and read by the call that it names", async () => {
  const { execute, handoff, checkpoint, read } = await serve();
  const { workflowId } = await execute({ workflow: { name: "f", steps: [planner] } });
  const [plan] = (await handoff({ workflowId })).assignments;
  await handoff({ action: "ask", assignment: plan.assignment, questions: ["Which?"] });
  const long = "long ".repeat(20_000);
  await handoff({ action: "answer", workflowId, stepId: "plan", answers: [long], take: false });
  const fork = await checkpoint({ action: "fork", workflowId });
  expect(fork).toMatchObject({ isError: false, ready: [{ stepId: "plan" }] });
  const accepted = await handoff({ workflowId: fork.workflowId });
  const [held] = accepted.assignments;
  expect(held.text).toContain('- "Which?" (asked by plan): long long');
  expect(held.leftOut).toMatchObject([{ part: "answers" }, { part: "role" }]);
  expect(await read(held.assignment, "answers")).toContain(long);
});

test("baton handoff ask, baton status and baton handoff answer handle questions", async () => {
  const { directory: cwd, execute, handoff } = await serve();
  const { workflowId } = await execute({ workflow: { name: "cli", steps: [planner] } });
  const [plan] = (await handoff({ workflowId })).assignments;
  const asked = await baton(cwd, ["handoff", "ask", plan.assignment, "Which?", "How many?"]);
  expect(JSON.parse(asked.stdout)).toMatchObject({ status: "waiting", questions: [{ questions: [{ id: "q1" }, {}] }] });
  const { stdout } = await baton(cwd, ["status", workflowId]);
  expect(stdout).toContain("asks the person 2 questions");
  expect(stdout).toContain('q2: "How many?"');
  expect(stdout).toContain(`baton handoff answer ${workflowId} plan "<q1>" "<q2>"`);
  const short = await baton(cwd, ["handoff", "answer", workflowId, "plan", "this"]);
  expect(short).toMatchObject({ code: 2, stdout: expect.stringContaining("How many?") });
  const given = await baton(cwd, ["handoff", "answer", workflowId, "plan", "--answers", '{"q1": "this", "q2": 3}']);
  expect(JSON.parse(given.stdout)).toMatchObject({ status: "ready", ready: [{ stepId: "plan" }] });
  const [again] = (await handoff({ workflowId })).assignments;
  expect(again.text).toContain('- "Which?" (asked by plan): this\n- "How many?" (asked by plan): 3');
  const json = '[{"id": "x", "question": "Sure?"}]';
  const second = await baton(cwd, ["handoff", "ask", again.assignment, "--questions", json]);
  expect(JSON.parse(second.stdout)).toMatchObject({ questions: [{ round: 2, questions: [{ id: "x" }] }] });
});
