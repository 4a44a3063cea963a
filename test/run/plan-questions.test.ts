import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Questions } from "../../src/model/question.ts";
import type { JsonValue } from "../../src/model/workflow.ts";
import { approvalQuestions, isGoAhead, openQuestionsIn } from "../../src/run/state/plan-questions.ts";

const plan = (rest: object): JsonValue => ({
  summary: "a file of coupons",
  steps: [{ title: "Coupons" }, { title: "Discount" }],
  ...rest,
});

describe("what a plan leaves open", () => {
  test("open questions are read as texts or as objects; what is neither is left out", () => {
    const openQuestions = [
      " Which currency? ",
      { question: "Two coupons at once?", blocking: true, assumed: "no" },
      { question: "Rounding?", blocking: "maybe", assumed: 3 },
      { question: "" },
      7,
      null,
    ];
    expect(openQuestionsIn(plan({ openQuestions }))).toEqual([
      { question: "Which currency?", blocking: false },
      { question: "Two coupons at once?", blocking: true, assumed: "no" },
      { question: "Rounding?", blocking: false },
    ]);
    for (const other of [null, "text", [], {}, plan({ openQuestions: "none" })])
      expect(openQuestionsIn(other)).toEqual([]);
  });

  test("a plan that is sure enough, or says nothing of it, asks nothing", () => {
    for (const rest of [{}, { confidence: 0.5 }, { confidence: 1 }, { confidence: "low" }, { openQuestions: ["a?"] }])
      expect(approvalQuestions(plan(rest), 0.5)).toEqual([]);
    expect(approvalQuestions("no plan", 1)).toEqual([]);
    expect(approvalQuestions(plan({ confidence: 0.9 }), 1)).toHaveLength(1);
  });

  test("a plan below the limit asks whether it may be built, and says what it holds", () => {
    const [asked, ...others] = approvalQuestions(plan({ confidence: 0.3 }), 0.5);
    expect(others).toEqual([]);
    expect(asked).toMatchObject({ id: "build", options: ["yes", "no"] });
    expect(asked!.question).toBe(
      'May Baton build this plan? Answer "yes"; or say what to change, and the planner gets these words. ' +
        "The plan is only 30% sure of itself. a file of coupons Steps: 1. Coupons; 2. Discount",
    );
  });

  test("blocking questions come with what the plan assumes; the others do not block", () => {
    const openQuestions = ["Colour?", { question: "Two at once?", blocking: true, assumed: "no" }];
    const asked = approvalQuestions(plan({ confidence: 0.9, openQuestions }), 0.5);
    expect(asked.map(({ id }) => id)).toEqual(["build", "q1"]);
    expect(asked[0]!.question).toContain("It cannot go on without an answer.");
    expect(asked[1]).toEqual({ id: "q1", question: "Two at once?", default: "no" });
  });

  test("whatever a plan says, its questions are a round that anyone may be asked", () => {
    const words = fc.string({ maxLength: 3_000, unit: "grapheme" });
    const question = fc.oneof(
      words,
      fc.record({ question: words, blocking: fc.boolean(), assumed: words }),
      fc.jsonValue(),
    );
    const anyPlan = fc.record({
      summary: fc.oneof(words, fc.jsonValue()),
      steps: fc.oneof(
        fc.array(fc.oneof(fc.record({ title: words }), fc.jsonValue()), { maxLength: 30 }),
        fc.jsonValue(),
      ),
      confidence: fc.oneof(fc.double({ noNaN: true }), fc.jsonValue()),
      openQuestions: fc.oneof(fc.array(question, { maxLength: 15 }), fc.jsonValue()),
    });
    fc.assert(
      fc.property(anyPlan, fc.double({ min: 0, max: 1, noNaN: true }), (given, limit) => {
        const asked = approvalQuestions(given as JsonValue, limit);
        if (asked.length === 0) return;
        expect(Questions.safeParse(asked).error).toBeUndefined();
        const blocking = openQuestionsIn(given as JsonValue).filter((one) => one.blocking).length;
        expect(asked).toHaveLength(1 + Math.min(blocking, 9));
        const { confidence } = given;
        expect(blocking > 0 || (typeof confidence === "number" && confidence < limit)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

test("only a plain yes is a yes", () => {
  for (const yes of [true, "yes", " Yes. ", "y", "OK", "go ahead!", "yes please", "Yes, please", "approved"])
    expect(isGoAhead(yes), String(yes)).toBe(true);
  for (const no of [false, null, "no", "yes, but with SQLite", "yes and no", "", 1, ["yes"], { yes: true }, "not ok"])
    expect(isGoAhead(no), JSON.stringify(no)).toBe(false);
});
