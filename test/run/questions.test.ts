import { describe, expect, test } from "vitest";
import { promptFor } from "../../src/engine/headless/headless-prompt.ts";
import { type Question, Questions } from "../../src/model/question.ts";
import type { JsonValue } from "../../src/model/workflow.ts";
import { assignmentOf } from "../../src/run/assignment/assignment.ts";
import { questionsOf } from "../../src/run/features/questions.ts";
import { factsOfFork } from "../../src/run/fork.ts";
import { briefing, MAX_BRIEFING_CHARACTERS } from "../../src/run/view/briefing/briefing.ts";
import { truncateView } from "../../src/run/view/truncate-run.ts";
import { viewRun } from "../../src/run/view/view.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const WHICH: Question[] = [
  { id: "q1", question: "Which provider?", options: ["google", "github"], default: "github" },
  { id: "scope", question: "Which scopes?" },
];
const ask = (desk: Desk, assignment: string, questions: Question[] = WHICH) =>
  desk.ask({ action: "ask", assignment, questions });
const answer = (desk: Desk, answers: JsonValue, rest: { stepId?: string; round?: number } = {}) =>
  desk.ask({ action: "answer", stepId: "a", answers, ...rest });
const held = (desk: Desk, id = "a") => assignmentOf(desk.plan, desk.state, desk.plan.indexOf.get(id)!);
const viewOf = (desk: Desk) => viewRun(desk.plan, desk.state, desk.now);
/** A desk whose step `a` has asked questions, and the token of that assignment. */
function asking(config: object = {}, questions = WHICH) {
  const desk = new Desk([agentStep("a", config)]);
  const [token] = desk.accept({ worker: "ann" });
  ask(desk, token!, questions);
  return { desk, token: token! };
}

describe("the schema Questions", () => {
  test("each question keeps its id or gets the next free one; duplicate ids and too many questions are refused", () => {
    const parsed = (questions: unknown) => Questions.safeParse(questions);
    const given = ["a?", { id: "q1", question: "b?" }, { question: "c?", options: ["x"], default: { y: 1 } }, "d?"];
    expect(parsed(given).data?.map(({ id, question }) => `${id} ${question}`)).toEqual([
      "q2 a?",
      "q1 b?",
      "q3 c?",
      "q4 d?",
    ]);
    expect(parsed(parsed(given).data).data).toEqual(parsed(given).data);
    const twice = parsed([
      { id: "x", question: "a" },
      { id: "x", question: "b" },
    ]);
    expect(twice.error?.issues[0]?.message).toBe('two questions have the id "x"');
    expect(parsed(new Array(10).fill("x".repeat(2_000))).error?.issues[0]?.message).toContain("20000 characters");
    for (const wrong of [[], new Array(11).fill("?"), [""], [{ id: "__proto__", question: "?" }], [{ id: "a" }], "?"])
      expect(parsed(wrong).success).toBe(false);
  });
});

describe("handoff ask", () => {
  test("ask ends the assignment and uses no retry; the next worker gets the answers", () => {
    const { desk, token } = asking();
    expect(desk.step("a")).toMatchObject({ status: "waiting", attempt: 1, failures: 0 });
    expect(desk.step("a")).not.toHaveProperty("lease");
    expect(desk.state.log).toMatchObject([{ attempt: 1, status: "asked" }]);
    expect(desk.decision).toEqual({ facts: [], stops: [] });
    const askedAt = new Date(desk.now).toISOString();
    const workflowId = "wf_0123456789";
    const open = [{ workflowId, stepId: "a", agent: "ag", round: 1, askedAt, questions: WHICH }];
    expect(viewOf(desk)).toMatchObject({ questions: open, ready: [], activeSteps: [], status: "running" });
    expect(viewOf(desk).steps[0]).toMatchObject({
      status: "waiting",
      asks: "asks the person 2 questions (round 1 of at most 5)",
    });
    expect(desk.ask({ action: "accept", tokens: [desk.token()], stepId: "a" })).toMatchObject({ reason: "not_ready" });

    desk.pass(10_000_000);
    expect(answer(desk, { scope: ["email"], q1: "google" })).toEqual(["questions_answered a"]);
    expect(viewOf(desk)).toMatchObject({ questions: [], ready: [{ stepId: "a", agent: "ag" }] });
    expect(viewOf(desk).steps[0]).not.toHaveProperty("asks");
    const [again] = desk.accept({ worker: "bob" });
    ask(desk, again!, [{ id: "q1", question: "Sure?" }]);
    expect(viewOf(desk).steps[0]!.asks).toContain("1 question (round 2");
    answer(desk, ["yes"], { round: 2 });
    desk.accept();
    const { attempt, answers } = held(desk);
    expect(attempt).toBe(3);
    expect(answers).toMatchObject([
      { stepId: "a", round: 1, id: "q1", question: "Which provider?", answer: "google" },
      { stepId: "a", round: 1, id: "scope", question: "Which scopes?", answer: ["email"] },
      { stepId: "a", round: 2, id: "q1", question: "Sure?", answer: "yes" },
    ]);
    expect(promptFor(held(desk), { role: undefined, whole: "/whole", baton: ["baton"] })).toContain(
      '"Which provider?" (asked by a): google',
    );
    expect(desk.ask({ action: "complete", assignment: token })).toMatchObject({ reason: "assignment_lost" });
  });

  test("ask is refused with questions_exhausted after the limit of rounds, and the assignment stays", () => {
    const { desk } = asking({ questions: 1 });
    answer(desk, ["a", "b"]);
    const [token] = desk.accept();
    const refused = ask(desk, token!);
    expect(refused).toMatchObject({ reason: "questions_exhausted" });
    expect((refused as { message: string }).message).toMatch(
      /has used its only question round: .*open questions in the output/,
    );
    expect(desk.step("a")).toMatchObject({ status: "assigned", lease: { token } });
    const none = new Desk([agentStep("a", { questions: 0 })]);
    expect(ask(none, none.accept()[0]!)).toMatchObject({ reason: "questions_exhausted" });
  });

  test("ask is accepted after the lease expired if no other worker took the step", () => {
    const desk = new Desk([agentStep("a", { leaseSeconds: 1 })]);
    const [token] = desk.accept();
    desk.pass(1_000);
    expect(desk.statuses).toEqual(["ready"]);
    expect(ask(desk, token!)).toEqual(["questions_asked a"]);
    expect(viewOf(desk).ready).toEqual([]);
    expect(desk.step("a")).not.toHaveProperty("expiries");
  });

  test("a repeated ask is answered with delivery_repeated; the token can do nothing else", () => {
    const { desk, token } = asking();
    const reordered = WHICH.map((one) => Object.fromEntries(Object.entries(one).reverse()) as Question);
    expect(ask(desk, token, reordered)).toEqual(["delivery_repeated a"]);
    expect(ask(desk, token, WHICH.slice(1))).toMatchObject({ reason: "assignment_over" });
    expect(desk.ask({ action: "complete", assignment: token })).toMatchObject({ reason: "assignment_over" });
    answer(desk, ["a", "b"]);
    expect(ask(desk, token)).toMatchObject({ reason: "assignment_lost" });
  });

  test("a step that asks frees its place under a limit and in sequential mode", () => {
    const workflow = { limits: [{ steps: ["a", "b"], max: 1 }] };
    const desk = new Desk([agentStep("a"), agentStep("b")], [], { workflow });
    const [token] = desk.accept();
    expect(desk.accept()).toEqual([]);
    ask(desk, token!);
    expect(desk.accept()).toHaveLength(1);
    answer(desk, ["x", "y"]);
    expect(desk.statuses).toEqual(["ready", "assigned"]);
    expect(desk.accept()).toEqual([]);
    const row = new Desk([agentStep("a"), { id: "b" }], [], { created: { mode: "sequential" } });
    ask(row, row.accept()[0]!);
    expect(row.statuses).toEqual(["waiting", "running"]);
  });
});

describe("answer", () => {
  test("answers must match the questions, or are refused with answers_incomplete and what is wrong", () => {
    const { desk } = asking();
    const refused = (answers: JsonValue) => {
      const { reason, message } = answer(desk, answers) as { reason: string; message: string };
      expect(reason).toBe("answers_incomplete");
      return message;
    };
    expect(refused({ q1: "x", scopes: "y" })).toBe(
      'round 1 of step "a": there is no question "scopes", did you mean "scope"; "scope" is not answered (Which scopes?)',
    );
    expect(refused(["  "])).toContain(
      '"q1" is not answered (Which provider?; its default is "github"); "scope" is not answered',
    );
    expect(refused({ q1: null, scope: "x", constructor: 1 })).toContain('"constructor"');
    expect(refused(["a", "b", "c"])).toContain("there are 3 answers to 2 questions");
    for (const none of ["yes", 5, null]) expect(refused(none)).toContain("a record by question id, or a list");
    expect(desk.statuses).toEqual(["waiting"]);
    expect(answer(desk, [false, 0])).toEqual(["questions_answered a"]);
  });

  test("repeated answers are accepted; other answers are refused with answered_otherwise", () => {
    const { desk } = asking();
    answer(desk, { q1: { x: 1, y: 2 }, scope: "s" });
    for (const round of [undefined, 1]) {
      const rest = round === undefined ? {} : { round };
      expect(answer(desk, { scope: "s", q1: { y: 2, x: 1 } }, rest)).toEqual(["delivery_repeated a"]);
      expect(answer(desk, { scope: "s", q1: "other" }, rest)).toMatchObject({ reason: "answered_otherwise" });
    }
    const [token] = desk.accept();
    ask(desk, token!);
    // Other answers to round 1 are not taken for round 2.
    expect(answer(desk, ["other", "s"], { round: 1 })).toMatchObject({ reason: "answered_otherwise" });
    expect(desk.statuses).toEqual(["waiting"]);
    desk.ask({ action: "cancel" });
    expect(answer(desk, [{ x: 1, y: 2 }, "s"], { round: 1 })).toEqual(["delivery_repeated a"]);
    expect(answer(desk, ["x", "y"])).toMatchObject({
      reason: "not_asked",
      message: expect.stringMatching(/cancelled/),
    });
  });

  test("answers to a step or a round without questions are refused with not_asked", () => {
    const { desk } = asking();
    expect(answer(desk, ["x", "y"], { round: 2 })).toMatchObject({
      reason: "not_asked",
      message: 'step "a" has no round 2 of questions',
    });
    const quiet = new Desk([agentStep("a")]);
    expect(answer(quiet, ["x"])).toMatchObject({ reason: "not_asked", message: 'step "a" has asked nothing' });
    expect(answer(quiet, ["x"], { stepId: "b" })).toMatchObject({ reason: "unknown_step" });
  });

  test("questions_answered for a round that is not open makes the journal impossible", () => {
    const { desk } = asking();
    const fact = { type: "questions_answered", step: "a", attempt: 1, round: 2, answers: [{ id: "q1", answer: 1 }] };
    expect(() => desk.fold(fact as never)).toThrow('round 2 of step "a" was answered, and is not open');
  });
});

describe("open questions", () => {
  test("open questions survive crashes, new owners, snapshots and a pause", () => {
    const { desk } = asking();
    desk.takeOver();
    desk.reopen();
    desk.ask({ action: "pause" });
    expect(desk.step("a")).toMatchObject({ status: "waiting" });
    expect(questionsOf(desk.plan, desk.state)).toHaveLength(1);
    expect(answer(desk, ["x", "y"])).toEqual(["questions_answered a"]);
    expect(viewOf(desk)).toMatchObject({ status: "paused", ready: [], questions: [] });
    desk.ask({ action: "resume" });
    expect(viewOf(desk).ready).toHaveLength(1);
  });

  test("restart and cancel end open questions, and restart forgets the answers", () => {
    const { desk, token } = asking();
    desk.ask({ action: "pause" });
    desk.ask({ action: "restart" });
    expect(desk.step("a")).toMatchObject({ status: "ready" });
    expect(desk.step("a")).not.toHaveProperty("rounds");
    expect(answer(desk, ["x", "y"])).toMatchObject({ reason: "not_asked" });
    expect(ask(desk, token)).toMatchObject({ reason: "assignment_lost" });
    ask(desk, desk.accept()[0]!);
    desk.ask({ action: "cancel" });
    expect(viewOf(desk)).toMatchObject({ status: "cancelled", questions: [] });
  });

  test("restore brings back the questions of the checkpoint, and a fork keeps the answers", () => {
    const desk = new Desk([agentStep("a"), agentStep("b")]);
    const mark = () => {
      desk.ask({ action: "checkpoint" });
      return desk.state.checkpoints.at(-1)!.id;
    };
    const before = mark();
    ask(desk, desk.accept({ stepId: "a" })[0]!);
    const open = mark();
    answer(desk, ["x", "y"]);
    ask(desk, desk.accept({ stepId: "a" })[0]!, [{ id: "q1", question: "Sure?" }]);
    const copies = factsOfFork(desk.plan, desk.state, undefined);
    desk.ask({ action: "restore", checkpoint: open });
    expect(desk.step("a")).toMatchObject({ status: "waiting", rounds: [{ round: 1 }] });
    expect(viewOf(desk).questions).toMatchObject([{ round: 1 }]);
    desk.ask({ action: "restore", checkpoint: before });
    expect(desk.step("a").status).toBe("ready");
    expect(desk.step("a")).not.toHaveProperty("rounds");
    desk.ask({ action: "restore", checkpoint: open });
    desk.ask({ action: "resume" });
    expect(answer(desk, ["x", "z"])).toEqual(["questions_answered a"]);

    expect(copies).toMatchObject([{ type: "answers_copied", step: "a", rounds: [{ round: 1, answers: [{}, {}] }] }]);
    const fork = new Desk([agentStep("a"), agentStep("b")]);
    fork.fold(...copies);
    expect(fork.statuses).toEqual(["ready", "ready"]);
    const [token] = fork.accept({ stepId: "a" });
    expect(held(fork).answers).toHaveLength(2);
    ask(fork, token!);
    expect(viewOf(fork).questions).toMatchObject([{ round: 2 }]);
  });

  test("a fork keeps the answers that a finished step was given", () => {
    const steps = [agentStep("a"), agentStep("b")];
    const desk = new Desk(steps);
    ask(desk, desk.accept({ stepId: "a" })[0]!);
    answer(desk, ["x", "y"]);
    desk.ask({ action: "complete", assignment: desk.accept({ stepId: "a" })[0]! });
    const fork = new Desk(steps);
    fork.fold(...factsOfFork(desk.plan, desk.state, undefined));
    expect(fork.statuses).toEqual(["completed", "ready"]);
    fork.accept({ stepId: "b" });
    expect(held(fork, "b").answers).toHaveLength(2);
  });

  test("the run's timeout stops while only questions are open", () => {
    const steps = [agentStep("a"), { id: "b" }, agentStep("c")];
    const desk = new Desk(steps, edges("b → c"), { workflow: { timeout: 1_000 } });
    const [token] = desk.accept();
    desk.pass(300);
    ask(desk, token!);
    expect(desk.decision.wakeAt).toBe(desk.now + 700);
    desk.pass(300);
    desk.end("b");
    // A step that is ready, but not accepted, does not count as work.
    expect(desk.decision.wakeAt).toBeUndefined();
    desk.pass(1_000_000);
    desk.takeOver();
    desk.ask({ action: "pause" });
    desk.ask({ action: "resume" });
    desk.pass(1_000_000);
    const [c] = desk.accept();
    expect(desk.decision.wakeAt).toBe(desk.now + 400);
    desk.pass(100);
    desk.ask({ action: "complete", assignment: c! });
    desk.pass(1_000_000);
    answer(desk, ["x", "y"]);
    desk.pass(299);
    expect(desk.state.status).toBe("running");
    desk.pass(1);
    expect(desk.state).toMatchObject({ status: "failed", stopping: "timeout" });
  });

  test("briefings and fitted views show open questions, shortened if there is little room", () => {
    const long = Array.from({ length: 10 }, (_, at) => ({
      id: `question-${at}`,
      question: `${at} ${"why ".repeat(300)}`,
      options: ["o".repeat(200), "p"],
      default: at % 2 === 0 ? "d".repeat(200) : 1,
    }));
    const steps = ["a", "b", "c"].map((id) => agentStep(id));
    const desk = new Desk(steps);
    for (const [at, token] of desk.accept({}, 3).entries()) ask(desk, token, at === 0 ? WHICH : long);
    const view = viewOf(desk);
    const { plan, state, now } = desk;
    const text = briefing({
      runs: [{ plan, state, now, status: view.status, next: "answer" }],
      sessions: [],
      next: "answer",
    });
    expect(text.length).toBeLessThanOrEqual(MAX_BRIEFING_CHARACTERS);
    expect(text).toContain("\nWaits for a person:\n- a, ag");
    expect(text).toContain('- a, ag, round 1, q1: "Which provider?" [google | github] (default: github)');
    expect(text).toMatch(/\nLeft out: 13 of "Waits for a person"\. /);

    const fitted = truncateView(view, { detail: "concise", from: 0, characters: 8_000 });
    expect(JSON.stringify(fitted).length).toBeLessThan(8_000);
    expect(fitted.questions[0]).toEqual(view.questions[0]);
    expect(fitted.truncated).toContain("questions");
    const second = truncateView(
      { ...view, questions: view.questions.slice(1, 2) },
      { detail: "concise", from: 0, characters: 8_000 },
    );
    expect(second.questions[0]!.questions.map(({ id }) => id)).toEqual(long.map(({ id }) => id));
    expect(second.truncated).toContain("long questions are cut (detail: full)");
  });
});
