import { describe, expect, test } from "vitest";
import { agentSyntax } from "../../src/engine/steps/agent.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { RunView } from "../../src/model/view.ts";
import { fold, initialState } from "../../src/run/fold.ts";
import { evaluateGates } from "../../src/run/state/evaluate-gates.ts";
import { truncateView } from "../../src/run/view/truncate-run.ts";
import { readySteps, viewRun } from "../../src/run/view/view.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { beginning, created, edges, planOf, workflowOf } from "../rig/rules/workflow.ts";

const T = created().at;
const at = (ms: number) => ({ at: T + ms, epoch: 1 });

function folded(plan: ReturnType<typeof planOf>, ...events: JournalEvent[]) {
  const state = beginning(plan, { maxParallel: 2 });
  for (const event of events) fold(plan, state, event);
  return state;
}

describe("viewRun", () => {
  const plan = planOf(
    [
      { id: "a", outputKey: "first" },
      { id: "b", retry: { retries: 1, delay: 500 } },
      { id: "c", condition: "on_failure(a)" },
      { id: "d", name: "The last" },
    ],
    edges("a → d", "b → d"),
  );
  const journal: JournalEvent[] = [
    { ...at(0), type: "step_started", step: "a", attempt: 1 },
    { ...at(0), type: "step_started", step: "b", attempt: 1 },
    { ...at(100), type: "step_completed", step: "a", attempt: 1, output: { n: 1 }, exitCode: 0 },
    { ...at(100), type: "step_skipped", step: "c", reason: "condition", message: "condition is false: on_failure(a)" },
    {
      ...at(200),
      type: "step_failed",
      step: "b",
      attempt: 1,
      reason: "exit_code",
      message: "exit code 1",
      exitCode: 1,
      hint: "h",
      retryAt: T + 700,
    },
  ];

  test("viewRun gives steps, results, metrics and progress in the shape of RunView", () => {
    const view = viewRun(plan, folded(plan, ...journal), T + 400);
    expect(RunView.parse(view)).toEqual(view);
    expect(view).toMatchObject({
      workflowId: "wf_0123456789",
      status: "running",
      steps: [
        {
          id: "a",
          status: "completed",
          evidence: "observed",
          attempt: 1,
          duration: 100,
          output: { n: 1 },
          exitCode: 0,
        },
        {
          id: "b",
          status: "waiting",
          error: { reason: "exit_code", message: "exit code 1", hint: "h" },
          retryAt: "1970-01-01T00:16:40.700Z",
        },
        { id: "c", status: "skipped", skipped: "condition is false: on_failure(a)" },
        { id: "d", name: "The last", status: "pending" },
      ],
      results: { first: { n: 1 } },
      metrics: {
        totalSteps: 4,
        completedSteps: 1,
        failedSteps: 0,
        skippedSteps: 1,
        totalDuration: 300,
        wallDuration: 400,
      },
      progress: { completed: 1, settled: 2, total: 4, percentage: 25 },
      activeSteps: [],
      ready: [],
      rev: 6,
    });
    expect(view.success).toBeUndefined();
    // 300 ms of work in 400 ms on two slots.
    expect(view.metrics.parallelEfficiency).toBe(0.375);
    expect(view.executionLog.map(({ step, status }) => `${step} ${status}`)).toEqual([
      "a completed",
      "c skipped",
      "b failed",
    ]);
  });

  test("viewRun lists activeSteps and nextSteps", () => {
    const state = folded(plan, ...journal, { ...at(700), type: "step_started", step: "b", attempt: 2 });
    const view = viewRun(plan, state, T + 750);
    expect(view.activeSteps).toEqual([
      { id: "b", name: "b", status: "running", attempt: 2, startTime: "1970-01-01T00:16:40.700Z", elapsed: 50 },
    ]);
    expect(view.nextSteps).toEqual([{ id: "d", name: "The last" }]);
    expect(viewRun(plan, beginning(plan), T).nextSteps.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("viewRun gives success, and a note on why the run is paused, cancelling or timed out", () => {
    const one = planOf([{ id: "a" }], [], { timeout: 10 });
    const started: JournalEvent = { ...at(0), type: "step_started", step: "a", attempt: 1 };
    const done = folded(
      one,
      started,
      { ...at(5), type: "step_completed", step: "a", attempt: 1 },
      { ...at(5), type: "run_finished", status: "completed" },
    );
    expect(viewRun(one, done, T + 99)).toMatchObject({
      success: true,
      metadata: { endTime: "1970-01-01T00:16:40.005Z" },
    });
    expect(viewRun(one, folded(one, started, { ...at(1), type: "run_paused", reason: "requested" }), T).note).toBe(
      "Paused on request.",
    );
    expect(
      viewRun(one, folded(one, started, { ...at(1), type: "run_paused", reason: "crash", message: "why" }), T).note,
    ).toBe("why");
    expect(viewRun(one, folded(one, started, { ...at(1), type: "cancel_requested" }), T).note).toBe(
      "Cancelling: waiting for running steps to end.",
    );
    const late = folded(one, started, { ...at(10), type: "run_timed_out" });
    expect(viewRun(one, late, T + 10)).toMatchObject({ note: "The run reached its timeout of 10 ms.", nextSteps: [] });
  });
});

test("readySteps renders the prompt of an agent step as its summary", () => {
  const agent = (id: string, prompt: string) => ({ id, type: "agent", config: { agent: "builder", prompt } });
  const workflow = workflowOf([agent("a", "Mend {{what}}"), agent("b", "Mend it")]);
  const plan = compilePlan(workflow, [agentSyntax]);
  const state = initialState(plan, created(), { parameters: { what: "the lamp" }, context: {} });
  evaluateGates(plan, state);
  expect(readySteps(plan, state).map(({ stepId, summary }) => [stepId, summary])).toEqual([
    ["a", "Mend the lamp"],
    ["b", "Mend it"],
  ]);
});

describe("truncateView", () => {
  const size = 500;
  const plan = planOf(Array.from({ length: size }, (_, n) => ({ id: `step_${n}`, outputKey: `out_${n}` })));
  const state = beginning(plan, { maxParallel: size });
  for (let n = 0; n < size; n++) {
    fold(plan, state, { ...at(n), type: "step_started", step: `step_${n}`, attempt: 1 });
    fold(plan, state, { ...at(n), type: "step_completed", step: `step_${n}`, attempt: 1, output: `${"x".repeat(n)}!` });
  }
  const view = viewRun(plan, state, T + size);

  test("truncateView pages through the steps within its characters and says what is left out", () => {
    const seen: string[] = [];
    let from = 0;
    for (let pages = 0; pages < size; pages++) {
      const page = truncateView(view, { detail: "concise", from, characters: 8_000 });
      expect(JSON.stringify(page).length).toBeLessThanOrEqual(8_000);
      expect(page.metrics).toEqual(view.metrics);
      expect(page.truncated).toContain(`of ${size}`);
      seen.push(...page.steps.map(({ id }) => id));
      if (page.nextCursor === undefined) break;
      from = Number(page.nextCursor);
    }
    expect(seen).toEqual(view.steps.map(({ id }) => id));
  });

  test("truncateView keeps the head and the tail of a long output, and says how much is between them", () => {
    const { steps, truncated } = truncateView(
      { ...view, steps: view.steps.slice(-1), results: {}, executionLog: [] },
      { detail: "concise", from: 0, characters: 8_000 },
    );
    expect(steps[0]!.output).toMatch(/^x{137}…\[227 characters left out\]…x{135}!$/);
    expect(truncated).toBe('long outputs are cut (action "logs" with stepId reads one whole; so does detail: "full")');
  });

  test("truncateView leaves a view alone that fits", () => {
    const small = { ...view, steps: view.steps.slice(0, 3), results: {}, executionLog: [] };
    expect(truncateView(small, { detail: "full", from: 0, characters: 30_000 })).toEqual(small);
  });

  test("truncateView lists the first 20 ready steps and says how many there are", () => {
    const waiting = Array.from({ length: 50 }, (_, n) => ({
      workflowId: "r",
      stepId: `step_${n}`,
      summary: "Do it",
    }));
    const crowded = { ...view, steps: view.steps.slice(0, 3), results: {}, executionLog: [], ready: waiting };
    const shown = truncateView(crowded, { detail: "full", from: 0, characters: 30_000 });
    expect(shown.ready).toEqual(waiting.slice(0, 20));
    expect(shown.truncated).toBe("ready shows 20 of 50 (handoff accept takes them in this order)");
  });
});
