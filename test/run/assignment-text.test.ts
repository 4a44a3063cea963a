import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Assignment } from "../../src/run/assignment/assignment.ts";
import { assignmentText, READABLE_PARTS } from "../../src/run/assignment/assignment-text.ts";
import { partText } from "../../src/run/assignment/part-text.ts";
import { bareAssignment, toldAbout } from "../rig/shown.ts";

const options = { role: "Be kind.", call: (part: string) => `read ${part}`, deliver: "deliver;" };
const bare = bareAssignment();
const say = (rest: Partial<Assignment>, size = 6_000) => assignmentText({ ...bare, ...rest }, { ...options, size });

describe("assignmentText", () => {
  test("the parts stand in a fixed order", () => {
    const { text, leftOut } = assignmentText(toldAbout("word"), { ...options, size: 6_000 });
    expect(text.split("\n").filter((line) => !line.startsWith(" ") && !line.startsWith("-"))).toEqual([
      'Step c "word" of "word" (wf_0123456789), attempt 2. You are word (word); the step is yours until 2026-01-01T00:00:00Z.',
      "What to do:",
      "Action: word",
      "The person was asked and answered:",
      "Notes for you:",
      "Attempts of this step so far:",
      "The plan:",
      "Your role, word (word):",
      "Input:",
      expect.stringMatching(/^Deliver: deliver; output: /),
      "Baton then checks: word",
    ]);
    expect(leftOut).toEqual([]);
  });

  test("the step's work is told once: an input that says the same is not repeated", () => {
    const work = "Write a parser of the tokens that the lexer makes, and test it.";
    const { text } = say({
      prompt: `${work} Then stop.`,
      input: { task: work, n: 1, none: [], nested: [{ deep: work }] },
    });
    expect(text.split(work)).toHaveLength(2);
    expect(text).toContain("    n: 1");
    expect(text).not.toContain("none");
    expect(text).not.toContain("nested");
  });

  test("what a worker saw of the plan with an earlier step is named, with the call that reads it", () => {
    const plan = { ...toldAbout("x").plan!, decisions: ["cents"], stepAcceptance: ["it rounds"] };
    expect(say({ plan }).text).toContain("    Decided: cents\n");
    const { text } = say({ plan, outputKnown: true });
    expect(text).not.toContain("Decided");
    expect(text).toContain("    This step is done when: it rounds\n    The rest as before; read plan reads it");
  });

  test("of the record of a handoff only what a worker can use is told", () => {
    const record = (context: object) =>
      ({ handoff: { from: "planner", to: "builder", context } }) as Assignment["input"];
    const ids = { task_id: "step-1", plan_id: "bp_1" };
    expect(say({ input: record(ids) }).text).not.toContain("Input:");
    expect(say({ input: record({ ...ids, learnings_loaded: ["No floats"] }) }).text).toContain(
      '    handoff: {"context":{"learnings_loaded":["No floats"]}}',
    );
    expect(say({ input: { handoff: "by hand" } }).text).toContain("    handoff: by hand");
  });

  test("the role is told once; later it is named, with the call that reads it", () => {
    const role = { name: "ag", path: "/ag.md", known: true };
    expect(say({ role }).text).toContain("Your role, ag:\n    as before; read role reads it");
    expect(say({ role: { ...role, known: false } }).text).toContain("Your role, ag (/ag.md):\n    Be kind.");
    expect(
      assignmentText({ ...bare, role: { ...role, known: false } }, { ...options, size: 6_000, role: undefined }).text,
    ).not.toContain("Your role");
  });

  test("what is left out is named with its size and the call that reads it", () => {
    const { text, leftOut } = say({ prompt: "w".repeat(3_000), input: "i".repeat(9_000) });
    expect(text.length).toBeLessThanOrEqual(6_000);
    expect(leftOut).toEqual([{ part: "input", size: expect.any(Number), call: "read input" }]);
    expect(text).toContain(`Left out for lack of room:\n- ${leftOut[0]!.size} characters of the input: read input`);
  });

  test("if the floors alone exceed the size, the assignment exceeds it and says so", () => {
    const { text, leftOut } = say({ prompt: "w".repeat(5_000) }, 1_000);
    expect(text).toContain(`${"w".repeat(1_900)}`);
    expect(text).toMatch(/\n\(Longer than 1000 characters, because these parts are never cut\.\)$/);
    expect(leftOut).toMatchObject([{ part: "assignment" }]);
  });

  test("more than twenty checks are counted", () => {
    const checks = Array.from({ length: 23 }, (_, n) => `test ${n}`);
    expect(say({ checks }).text).toMatch(/test 19; and 3 more$/);
  });

  test("an unleased step is told without a token", () => {
    const { assignment: _, expiresAt: __, ...told } = bare;
    const { text } = assignmentText(told, { size: 6_000, role: undefined, call: options.call });
    expect(text).toBe('Step a of "test" (wf_0123456789). It is for ag.\nWhat to do:\n    Do it.');
  });

  test("whatever there is: within the size or the floors, and everything is shown or named", () => {
    const texts = fc.string({ maxLength: 4_000 });
    const sizes = fc.integer({ min: 1_000, max: 12_000 });
    fc.assert(
      fc.property(texts, texts, texts, texts, sizes, (prompt, answer, note, input, size) => {
        const { text, leftOut } = say(
          {
            prompt,
            answers: [{ stepId: "p", round: 1, id: "q", question: "Which?", answer, at: 0 }],
            handoffs: [{ from: "p", to: "a", step: "p", context: { note } }],
            input,
          },
          size,
        );
        if (text.length > size) expect(text).toContain("because these parts are never cut");
        for (const { part, call } of leftOut) {
          expect(READABLE_PARTS).toContain(part);
          expect(text).toContain(call);
        }
        const named = new Set(leftOut.map(({ part }) => part));
        const flat = (value: string) => value.replaceAll(/\s+/g, " ");
        if (!named.has("answers")) expect(flat(text)).toContain(flat(answer).trim());
        if (!named.has("assignment")) expect(flat(text)).toContain(flat(prompt).trim());
      }),
    );
  });
});

describe("partText", () => {
  const source = (rest: Partial<Assignment>, output?: unknown) => ({ told: { ...bare, ...rest }, output, options });

  test("reads each part whole", () => {
    const whole = { ...source(toldAbout("w".repeat(3_000)), { done: 1 }) };
    for (const part of READABLE_PARTS) {
      if (part === "plan" || part === "output" || part === "role" || part === "schema") continue;
      expect(partText(part, whole)).toContain("w".repeat(3_000));
    }
    expect(partText("role", whole)).toBe("Be kind.");
    expect(partText("output", whole)).toBe('{\n  "done": 1\n}');
    expect(partText("output", source({}, "said"))).toBe("said");
    expect(JSON.parse(partText("plan", source({ plan: { ...toldAbout("x").plan!, whole: { goal: "g" } } }))!)).toEqual({
      goal: "g",
    });
    expect(JSON.parse(partText("schema", source({ outputSchema: { type: "object" } }))!)).toEqual({ type: "object" });
    const delivered = [{ from: "p", to: "ag", step: "p", output: { list: [1] } }];
    expect(JSON.parse(partText("input", source({ handoffs: delivered }))!)).toEqual({
      delivered: [{ step: "p", from: "p", output: { list: [1] } }],
    });
    const answers = [{ stepId: "p", round: 1, id: "q", question: "Which?", answer: ["a"], at: 0 }];
    expect(partText("answers", source({ answers }))).toBe('Which?\n(asked by p)\nAnswer: [\n  "a"\n]');
  });

  test("says that there is none", () => {
    for (const part of ["plan", "schema", "input", "output", "notes", "trace", "answers"] as const) {
      expect(partText(part, source({}))).toBeUndefined();
    }
  });
});
