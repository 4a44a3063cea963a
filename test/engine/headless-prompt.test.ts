import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { promptFor, readAnswer } from "../../src/engine/headless/headless-prompt.ts";
import { askInstructions } from "../../src/engine/headless/headless-questions.ts";
import type { Assignment } from "../../src/run/assignment/assignment.ts";
import { bareAssignment } from "../rig/shown.ts";

const schema = { type: "object" };
const options = { role: undefined, whole: "/whole", baton: ["/opt/node", "baton.cjs", "--state", "/p/.baton"] };
const HEAD = 'Step a of "test" (wf_0123456789). You are ag; the step is yours until 2026-01-01T00:00:00Z.';

describe("the prompt of a program", () => {
  test("the prompt of a program is short for a plain assignment", () => {
    expect(promptFor(bareAssignment(), options)).toBe(
      [
        `${HEAD}\nWhat to do:\n    Do it.`,
        "End with the result, in a few lines.",
        "If you cannot do it, say why in one line that begins with CANNOT:",
      ].join("\n\n"),
    );
  });

  test("the prompt of a program holds the assignment, the role and the schema", () => {
    const text = promptFor(
      bareAssignment({
        input: { n: 1 },
        handoffs: [{ from: "planner", to: "ag", step: "plan", context: { plan: 1 } }],
        trace: [{ attempt: 1, ended: "failed", at: "T", reason: "verification_failed", message: "not there" }],
        checks: ["npm test", "file a"],
        role: { name: "ag", path: "/ag.md", known: false },
        outputSchema: schema,
      }),
      { ...options, role: "Be kind." },
    );
    expect(text.split("\n\n")).toEqual([
      [
        HEAD,
        "What to do:\n    Do it.",
        'Notes for you:\n- planner, step plan: {"plan":1}',
        "Attempts of this step so far:\n- Attempt 1, ? to T: failed (verification_failed)\n    not there",
        "Your role, ag (/ag.md):\n    Be kind.",
        "Input:\n    n: 1",
        "Baton then checks: npm test; file a",
      ].join("\n"),
      'End with the result as one JSON value, alone in a fenced block marked json, that fits this JSON Schema:\n{"type":"object"}',
      "If you cannot do it, say why in one line that begins with CANNOT:",
    ]);
  });

  test("what does not fit into a prompt is named, with the command that reads it", () => {
    const text = promptFor(bareAssignment({ input: "x".repeat(500_000), outputSchema: schema }), options);
    expect(text.length).toBeLessThan(42_000);
    expect(text).toMatch(
      /- \d+ characters of the input: \/opt\/node baton\.cjs --state \/p\/\.baton handoff read as_x --part input\n/,
    );
    expect(text).toContain('{"type":"object"}');
    expect(text).toContain("CANNOT:");
  });

  test("a long prompt is cut to one argument, but keeps its answer instructions", () => {
    const huge = { type: "object", description: "y".repeat(200_000) };
    const pointed = promptFor(bareAssignment({ outputSchema: huge }), options);
    expect(pointed).toContain('fits the JSON Schema "outputSchema" in /whole.');
    expect(Buffer.byteLength(pointed)).toBeLessThan(128 * 1024);
    const wide = promptFor(bareAssignment({ input: "€".repeat(60_000) }), options);
    expect(wide).toContain("the whole assignment is in /whole");
    expect(Buffer.byteLength(wide)).toBeLessThan(128 * 1024);
  });
});

describe("the instructions for asking the user", () => {
  const self = ["/opt/node", "/home/ann o'neil/baton.cjs", "--state", "/p/.baton"];

  test("the instructions for a question give a quoted command", () => {
    const asking = askInstructions(bareAssignment(), self, 5);
    expect(asking?.split("\n")).toEqual([
      "If you cannot go on without an answer that only the user has, ask all questions in one call. Then end without a result:",
      `/opt/node '/home/ann o'\\''neil/baton.cjs' --state /p/.baton handoff ask as_x "first question" "second question"`,
      'Step "a" of wf_0123456789 then waits. Baton ends you and starts the step again with the answers. It can ask 5 times more.',
    ]);
    expect(promptFor(bareAssignment(), { ...options, asking }).split("\n\n")[1]).toBe(asking);
  });

  test("the instructions for a question are missing when no question is left", () => {
    expect(askInstructions(bareAssignment(), self, 0)).toBeUndefined();
    const answers = [{ stepId: "a", round: 1, id: "q1", question: "Which?", answer: "this", at: 0 }];
    expect(askInstructions(bareAssignment({ answers }), self, 1)).toContain("It can ask once more.");
    expect(askInstructions(bareAssignment({ answers }), self, 0)).toContain("You cannot ask more questions");
  });
});

describe("the answer of a program", () => {
  test.each<[string, object | undefined, object]>([
    ["  All is done.\n", undefined, { output: "All is done." }],
    ['{"a": 1}', undefined, { output: { a: 1 } }],
    ["[1]", undefined, { output: [1] }],
    // Text that happens to be a scalar JSON value remains text if there is no schema.
    ["42", undefined, { output: "42" }],
    ['"x"', undefined, { output: '"x"' }],
    ["null", undefined, { output: "null" }],
    ["", undefined, { output: "" }],
    ['{"a": 1}', schema, { output: { a: 1 } }],
    ["42", { type: "number" }, { output: 42 }],
    ['Here it is:\n```json\n{"a": 1}\n```\nThat is all.', schema, { output: { a: 1 } }],
    ['```\n{"a": 1}\n```', schema, { output: { a: 1 } }],
    ['```json\r\n{"a": 1}\r\n```\r\n', schema, { output: { a: 1 } }],
    ['First\n```json\n{"a": 1}\n```\nno, rather\n```json\n{"a": 2}\n```', schema, { output: { a: 2 } }],
    ['```sh\nnpm test\n```\nThe result is {"a": {"b": 2}} as asked.', schema, { output: { a: { b: 2 } } }],
    ["```json\n[1, 2]\n```", { type: "array" }, { output: [1, 2] }],
    ["nothing of the kind", schema, { output: "nothing of the kind" }],
    ["{ broken", schema, { output: "{ broken" }],
    ["CANNOT: no pen", schema, { cannot: "no pen" }],
    ["I tried.\nCANNOT:   no pen  \nSorry.", undefined, { cannot: "no pen" }],
    ["It said CANNOT: x somewhere", undefined, { output: "It said CANNOT: x somewhere" }],
    ['{"text": "line\\nCANNOT: x"}', schema, { output: { text: "line\nCANNOT: x" } }],
    ["CANNOT:", undefined, { output: "CANNOT:" }],
  ])("reads the answer %j", (text, form, answer) => {
    expect(readAnswer(text, form as Assignment["outputSchema"])).toEqual(answer);
  });

  test("reads an answer from any text without an exception", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 500 }), fc.boolean(), (text, asked) => {
        const answer = readAnswer(text, asked ? schema : undefined);
        expect("output" in answer || "cannot" in answer).toBe(true);
      }),
    );
  });

  test("reads an answer from a fenced block between any words", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.lorem(), (value, words) => {
        const json = JSON.parse(JSON.stringify(value));
        const text = `${words}\n\`\`\`json\n${JSON.stringify(json, null, 2)}\n\`\`\`\n${words}`;
        expect(readAnswer(text, schema)).toEqual({ output: json });
      }),
    );
  });
});
