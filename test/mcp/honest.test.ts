import { describe, expect, test } from "vitest";
import { promptFor } from "../../src/engine/headless/headless-prompt.ts";
import { respondFailure, respondUnexpected } from "../../src/mcp/respond.ts";
import { answerText } from "../../src/mcp/text.ts";
import { operations } from "../../src/operations/index.ts";
import { nextAbout } from "../../src/operations/next-action.ts";
import type { Operations, ToolOperation } from "../../src/operations/operation.ts";
import { briefing } from "../../src/run/view/briefing/briefing.ts";
import { holdsItsLines } from "../rig/forged.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { answersOf, runOf, toldAbout } from "../rig/shown.ts";

const said = ({ content }: { content: readonly { type: string }[] }) =>
  content.map((part) => (part as { text?: string }).text).join("\n");

/** The tool's text of an answer. Some operations have two kinds of answers; others have no tool. */
function operationOf(name: string): Pick<ToolOperation, "text"> {
  const operation = (operations as Operations)[name === "capabilities.show" ? "capabilities.find" : name];
  return operation?.text ? operation : { text: () => [] };
}

describe("untrusted text cannot forge a line of Baton's in an answer", () => {
  test.each(Object.keys(answersOf("")))("%s", (name) => {
    holdsItsLines((text) => {
      const { body, ending } = answerText(answersOf(text)[name]!, operationOf(name));
      return `${body}\n${ending}`;
    });
  });

  test("a refusal, and an internal error", () => {
    holdsItsLines((text) => {
      const mistakes = [
        {
          severity: "error" as const,
          code: "syntax" as const,
          message: text,
          hint: text,
          at: { file: text, line: 1, field: text },
        },
      ];
      const { ready } = runOf(text);
      return said(
        respondFailure({ kind: "bad_input", reason: "bad_input", message: text, hint: text, mistakes, ready }),
      );
    });
    holdsItsLines((text) => said(respondUnexpected(new Error(text))));
  });

  test("the next action is one line that quotes untrusted text", () => {
    const states = [
      {},
      { questions: [], ready: [] },
      { questions: [] },
      { status: "failed" as const, steps: [{ ...runOf("x").steps[0]!, type: "agent" }] },
    ];
    for (const state of states) {
      holdsItsLines((text) => {
        const view = { ...runOf(text), ...state };
        const steps = view.steps.map((step) =>
          step.error ? { ...step, error: { ...step.error, message: text } } : step,
        );
        return answerText({ deleted: "x", next: nextAbout({ ...view, steps }) }, { text: () => [] }).ending;
      }, 60);
    }
  });
});

/** A run in which every text is the given one. */
function desk(text: string): Desk {
  const config = { agent: text, prompt: text, action: text, input: { [text]: text } };
  const steps = ["a", "b", "c", "d"].map((id) =>
    agentStep(id, config, { name: text, description: text, optional: true }),
  );
  const all = new Desk(steps, [], {
    workflow: { name: text, description: text },
    created: { name: text, cwd: `/${text}` },
  });
  const accept = (stepId: string) => all.accept({ stepId, worker: text })[0]!;
  all.ask({ action: "complete", assignment: accept("a"), output: text, context: { [text]: text } });
  all.ask({ action: "fail", assignment: accept("b"), reason: text });
  all.ask({ action: "progress", assignment: accept("c"), percent: 4, task: text });
  all.ask({ action: "checkpoint", name: text });
  const said = { step: "c", attempt: 1, agent: text, worker: text };
  for (const kind of ["trap", "discovery"] as const)
    all.fold({ type: "notes_left", ...said, notes: [{ text, for: [text], kind }] });
  const c = all.step("c");
  c.lease = { ...c.lease!, said: [text] };
  all.state.log.push({
    index: 3,
    attempt: 1,
    status: "released",
    endedAt: 1,
    agent: text,
    message: text,
    said: [text],
  });
  const asking = accept("d");
  all.ask({
    action: "ask",
    assignment: asking,
    questions: [{ id: "q", question: text, options: [text], default: text }],
  });
  return all;
}

test("untrusted text cannot forge a line of a briefing", () => {
  holdsItsLines((text) => {
    const { plan, state, now } = desk(text);
    const run = { plan, state, now, status: "paused" as const, next: text, note: text, sessionId: "os_0123456789" };
    const uncommitted = { repository: text, files: [text, text], total: 3 };
    const session = { sessionId: "os_0123456789", goal: text, openedAt: 0, next: text };
    return [1, 2]
      .map((many) =>
        briefing(
          {
            runs: Array.from({ length: many }, () => ({ ...run, uncommitted })),
            sessions: [session],
            unfinished: [session],
            damaged: [{ workflowId: "wf_0123456789", note: text }],
            next: text,
          },
          100_000,
        ),
      )
      .join("\n");
  }, 60);
});

test("untrusted text cannot forge a line of a headless prompt", () => {
  holdsItsLines((text) => {
    const options = { role: text, whole: "/whole", baton: ["baton"] };
    return promptFor({ ...toldAbout(text), outputSchema: { type: "object" } }, options);
  }, 60);
});

test("the check fails on a forged line", () => {
  expect(() => holdsItsLines((text) => `Goal: ${text}`)).toThrow();
  expect(() => holdsItsLines((text) => JSON.stringify(text))).toThrow();
});
