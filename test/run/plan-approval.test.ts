import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NAMED_SCHEMAS } from "../../src/model/named-schemas.ts";
import type { JsonObject, JsonValue } from "../../src/model/workflow.ts";
import { planOpenQuestions } from "../../src/run/features/plan-approval.ts";
import { roundsLeft } from "../../src/run/features/questions.ts";
import { fold } from "../../src/run/fold.ts";
import { factsOfFork } from "../../src/run/fork.ts";
import { isGoAhead } from "../../src/run/state/plan-questions.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const plan = (rest: JsonObject = {}): JsonObject => ({
  goal: "discounts",
  summary: "a file of coupons",
  scope: { in: ["coupons"], out: [] },
  steps: [{ id: "coupons", title: "Coupons", work: "make them", verify: ["test -s coupons"] }],
  confidence: 0.3,
  ...rest,
});

/** A planner's step, and one that waits for it. The planner has the step. */
function planning(config: object = {}) {
  const desk = new Desk(
    [agentStep("plan", { output: NAMED_SCHEMAS.plan.schema, ...config }), agentStep("build")],
    [{ from: "plan", to: "build" }],
  );
  const [token] = desk.accept({ worker: "ann" });
  return { desk, token: token! };
}
const deliver = (desk: Desk, assignment: string, output: JsonValue = plan()) =>
  desk.ask({ action: "complete", assignment, output, context: { hint: "small" } });
const answer = (desk: Desk, answers: JsonValue) => desk.ask({ action: "answer", stepId: "plan", answers });

describe("a plan that is not sure of itself", () => {
  test("waits for the person; a yes delivers it, and what depends on it becomes ready", () => {
    const { desk, token } = planning();
    expect(deliver(desk, token)).toEqual(["plan_submitted plan"]);
    expect(desk.statuses).toEqual(["waiting", "pending"]);
    expect(desk.view()).toMatchObject({
      ready: [],
      questions: [{ stepId: "plan", agent: "ag", round: 1, questions: [{ id: "build", options: ["yes", "no"] }] }],
    });
    expect(desk.view().steps[0]).toMatchObject({
      asks: "waits for the person's yes to what was delivered",
      output: { summary: "a file of coupons" },
    });
    // Nothing happens by itself, however long the person takes, and whoever owns the run.
    desk.pass(100_000_000);
    desk.takeOver();
    desk.reopen();
    expect(desk.statuses).toEqual(["waiting", "pending"]);

    expect(answer(desk, { build: "yes" })).toEqual([
      "plan_approved plan",
      ...["step_reported plan", "verification_started plan"],
      ...["step_completed plan", "checkpoint_created plan"],
    ]);
    expect(desk.statuses).toEqual(["completed", "ready"]);
    expect(desk.step("plan")).toMatchObject({
      evidence: "reported",
      output: plan(),
      context: { hint: "small" },
      lease: { token, agent: "ag", worker: "ann" },
      rounds: [{ answers: [{ id: "build", answer: "yes" }] }],
    });
    expect(desk.step("plan")).not.toHaveProperty("submitted");
    expect(desk.view().questions).toEqual([]);
    // Its token gets the same answer again.
    expect(deliver(desk, token)).toEqual(["delivery_repeated plan"]);
    expect(answer(desk, { build: "yes" })).toEqual(["delivery_repeated plan"]);
    expect(answer(desk, { build: "no" })).toMatchObject({ reason: "answered_otherwise" });
  });

  test("goes back to a planner with the words of a person who says no, and asks again", () => {
    const { desk, token } = planning();
    deliver(desk, token);
    expect(answer(desk, ["use SQLite instead"])).toEqual(["plan_declined plan"]);
    expect(desk.statuses).toEqual(["ready", "pending"]);
    expect(desk.step("plan")).toMatchObject({
      error: { reason: "plan_declined", message: "the person did not agree to the plan: use SQLite instead" },
      output: { summary: "a file of coupons" },
      failures: 0,
    });
    expect(desk.state.log).toMatchObject([{ attempt: 1, status: "asked" }]);
    expect(deliver(desk, token)).toMatchObject({ reason: "assignment_lost" });
    const [again] = desk.accept();
    expect(deliver(desk, again!, plan({ summary: "a table of coupons" }))).toEqual(["plan_submitted plan"]);
    expect(answer(desk, [false])).toEqual(["plan_declined plan"]);
    expect(desk.step("plan").error!.message).toContain("false");
    const [third] = desk.accept();
    expect(deliver(desk, third!, plan({ confidence: 0.5 }))).toEqual([
      ...["step_reported plan", "verification_started plan"],
      ...["step_completed plan", "checkpoint_created plan"],
    ]);
    expect(desk.step("plan")).not.toHaveProperty("error");
    // Baton's rounds use up none of the planner's.
    expect(roundsLeft(desk.plan, desk.state, 0)).toBe(5);
  });

  test("asks what blocks it, however sure it is; the answers come with the yes", () => {
    const { properties, ...rest } = NAMED_SCHEMAS.plan.schema as { properties: object };
    const { desk, token } = planning({ output: { ...rest, properties: { ...properties, openQuestions: {} } } });
    const openQuestions = [{ question: "Two at once?", blocking: true, assumed: "no" }];
    deliver(desk, token, plan({ confidence: 0.9, openQuestions }));
    expect(desk.view().questions[0]!.questions[1]).toEqual({ id: "q1", question: "Two at once?", default: "no" });
    expect(answer(desk, { build: "yes" })).toMatchObject({ reason: "answers_incomplete" });
    answer(desk, { build: "yes", q1: "yes, two" });
    expect(desk.statuses).toEqual(["completed", "ready"]);
    expect(desk.step("plan").rounds![0]!.answers![1]).toEqual({ id: "q1", answer: "yes, two" });
  });

  test("what it leaves open without being blocked is told with its delivery", () => {
    const { desk, token } = planning();
    const told = () => planOpenQuestions(desk.plan, desk.state, 0);
    expect(told()).toEqual([]);
    deliver(desk, token, plan({ openQuestions: ["Which currency?"] }));
    expect(told()).toEqual([{ question: "Which currency?", blocking: false }]);
    answer(desk, ["yes"]);
    expect(told()).toHaveLength(1);
    expect(planOpenQuestions(desk.plan, desk.state, 1)).toEqual([]);
  });

  test("is checked after the yes, where its step has checks", () => {
    const { desk, token } = planning({ verify: [{ command: "true" }] });
    deliver(desk, token);
    expect(desk.statuses[0]).toBe("waiting");
    expect(answer(desk, ["yes"])).toEqual(["plan_approved plan", "step_reported plan", "verification_started plan"]);
    desk.end("plan");
    expect(desk.step("plan")).toMatchObject({ status: "completed", output: plan(), context: { hint: "small" } });
  });

  test("waits below the limit of its step, and at no other", () => {
    const sure = planning({ confirmBelow: 0.2 });
    expect(deliver(sure.desk, sure.token)).toEqual([
      ...["step_reported plan", "verification_started plan"],
      ...["step_completed plan", "checkpoint_created plan"],
    ]);
    const unsure = planning({ confirmBelow: 1 });
    expect(deliver(unsure.desk, unsure.token, plan({ confidence: 0.9 }))).toEqual(["plan_submitted plan"]);
    const other = planning({ output: { type: "object" } });
    expect(deliver(other.desk, other.token)).toEqual(["step_completed plan", "checkpoint_created plan"]);
  });

  test("its token can repeat the delivery while the person thinks, and nothing else", () => {
    const { desk, token } = planning();
    deliver(desk, token);
    expect(deliver(desk, token)).toEqual(["delivery_repeated plan"]);
    expect(deliver(desk, token, plan({ summary: "other" }))).toMatchObject({ reason: "assignment_over" });
    expect(desk.ask({ action: "progress", assignment: token })).toMatchObject({
      reason: "assignment_over",
      message: expect.stringContaining("waits for the person"),
    });
    expect(desk.ask({ action: "accept", tokens: [desk.token()], stepId: "plan" })).toMatchObject({
      reason: "not_ready",
    });
    expect(answer(desk, [])).toMatchObject({ reason: "answers_incomplete" });
  });

  test("is delivered late, after the lease has expired", () => {
    const { desk, token } = planning({ leaseSeconds: 1 });
    desk.pass(1_000);
    expect(desk.statuses[0]).toBe("ready");
    expect(deliver(desk, token)).toEqual(["plan_submitted plan"]);
    expect(desk.view().ready).toEqual([]);
    desk.pass(5_000);
    answer(desk, ["yes"]);
    expect(desk.statuses).toEqual(["completed", "ready"]);
    expect(desk.step("plan").lease).not.toHaveProperty("expired");
  });

  test("a cancelled run asks nothing any more; a restart plans anew; a fork keeps the words", () => {
    const { desk, token } = planning();
    deliver(desk, token);
    answer(desk, ["smaller"]);
    expect(factsOfFork(desk.plan, desk.state, undefined)).toMatchObject([{ type: "answers_copied", step: "plan" }]);
    const [again] = desk.accept();
    deliver(desk, again!);
    desk.ask({ action: "cancel" });
    expect(desk.state.status).toBe("cancelled");
    expect(answer(desk, ["yes"])).toMatchObject({ reason: "not_asked" });
    desk.ask({ action: "restart" });
    expect(desk.step("plan")).toMatchObject({ status: "ready" });
    expect(desk.step("plan")).not.toHaveProperty("submitted");
  });

  test("a yes that its owner died after brings the delivery about all the same", () => {
    const cases = [{}, { verify: [{ command: "true" }] }].flatMap((config) =>
      [true, false].map((again) => ({ config, again })),
    );
    for (const { config, again } of cases) {
      const { desk, token } = planning(config);
      deliver(desk, token);
      const answers = [{ id: "build", answer: "yes" }];
      desk.commit([{ type: "plan_approved", step: "plan", attempt: 1, round: 1, answers }]);
      desk.reopen();
      expect(desk.step("plan")).toMatchObject({ status: "assigned", lease: { token } });
      // A worker that delivers another plan meanwhile is too late.
      if (again) deliver(desk, token, plan({ summary: "another" }));
      desk.takeOver();
      if (desk.step("plan").verifying) desk.end("plan");
      expect(desk.statuses).toEqual(["completed", "ready"]);
      expect(desk.step("plan")).toMatchObject({ output: plan() });
      expect(desk.step("plan")).not.toHaveProperty("submitted");
      expect(desk.state).not.toHaveProperty("planAgreed");
    }
  });

  test("a restart after such a yes plans anew", () => {
    const { desk, token } = planning();
    desk.ask({ action: "pause" });
    deliver(desk, token);
    desk.commit([
      { type: "plan_approved", step: "plan", attempt: 1, round: 1, answers: [{ id: "build", answer: "yes" }] },
    ]);
    desk.ask({ action: "restart" });
    expect(desk.state).not.toHaveProperty("planAgreed");
    expect(desk.statuses).toEqual(["ready", "pending"]);
  });

  test("whatever the person says, however often: nothing is ready before a plain yes", () => {
    const says = fc.constantFrom<JsonValue>("yes", "no", "yes, but smaller", true, false, 3, "ok");
    fc.assert(
      fc.property(
        fc.array(fc.record({ says, reopen: fc.boolean(), late: fc.boolean() }), { maxLength: 6 }),
        (rounds) => {
          const { desk } = planning();
          for (const { says, reopen, late } of rounds) {
            if (desk.statuses[0] === "completed") break;
            const token = desk.step("plan").lease?.token ?? desk.accept()[0]!;
            deliver(desk, token);
            if (late) desk.pass(10_000_000);
            if (reopen) desk.takeOver();
            if (reopen) desk.reopen();
            expect(desk.statuses).toEqual(["waiting", "pending"]);
            answer(desk, [says]);
            const agreed = isGoAhead(says);
            expect(desk.statuses).toEqual(agreed ? ["completed", "ready"] : ["ready", "pending"]);
          }
        },
      ),
    );
  });

  test("a journal that answers what nobody asked is refused", () => {
    const { desk } = planning();
    const event = { at: desk.now, epoch: 1, type: "plan_approved", step: "plan", attempt: 1, round: 1, answers: [] };
    desk.ask({ action: "ask", assignment: desk.step("plan").lease!.token, questions: [{ id: "q1", question: "?" }] });
    expect(() => fold(desk.plan, desk.state, event as never)).toThrow("no plan waits for it");
  });
});
