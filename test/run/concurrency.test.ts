import { describe, expect, test } from "vitest";
import { agentSyntax } from "../../src/engine/steps/agent.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { decide } from "../../src/run/decide.ts";
import { fold } from "../../src/run/fold.ts";
import { handleMessage } from "../../src/run/handle-message.ts";
import { evaluateGates } from "../../src/run/state/evaluate-gates.ts";
import { readySteps } from "../../src/run/view/view.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { beginning, commandSyntax, created, type StepSketch, workflowOf } from "../rig/rules/workflow.ts";

const T = created().at;

function rig(steps: StepSketch[], limits: { steps: string[]; max: number }[]) {
  const plan = compilePlan(workflowOf(steps, [], { limits }), [commandSyntax, agentSyntax]);
  const state = beginning(plan, { maxParallel: 10 });
  const tell = (event: object) => fold(plan, state, { at: T, epoch: 1, ...event } as JournalEvent);
  /** Starts what decide says and returns the ids of the started steps. */
  const go = (now = T): string[] => {
    const started: string[] = [];
    for (let next = decide(plan, state, now); next.facts.length > 0; next = decide(plan, state, now)) {
      for (const fact of next.facts) {
        tell({ ...fact, at: now });
        if (fact.type === "step_started") started.push(fact.step);
      }
    }
    return started;
  };
  const done = (step: string) =>
    tell({ type: "step_completed", step, attempt: state.steps[plan.indexOf.get(step)!]!.attempt });
  return { plan, state, tell, go, done };
}

const agent = (id: string, name = "x"): StepSketch => ({ id, type: "agent", config: { agent: name } });

describe("a limit on commands", () => {
  test("a limit lets max steps run and starts the next when one ends; other steps are not affected", () => {
    const { go, done } = rig(
      ["a", "b", "c", "d", "e"].map((id) => ({ id })),
      [{ steps: ["a", "b", "c", "d"], max: 2 }],
    );
    expect(go()).toEqual(["a", "b", "e"]);
    done("e");
    expect(go()).toEqual([]);
    done("b");
    expect(go()).toEqual(["c"]);
    done("a");
    done("c");
    expect(go()).toEqual(["d"]);
  });

  test("a step under several limits starts only when all limits allow the start", () => {
    const { go, done } = rig(
      ["a", "b", "c"].map((id) => ({ id })),
      [
        { steps: ["a", "b"], max: 1 },
        { steps: ["b", "c"], max: 1 },
      ],
    );
    expect(go()).toEqual(["a", "c"]);
    done("a");
    expect(go()).toEqual([]);
    done("c");
    expect(go()).toEqual(["b"]);
  });

  test("a limit also holds back a retry, which then starts before later steps", () => {
    const retry = { retries: 1, delay: 10 };
    const { state, tell, go, done } = rig(
      [{ id: "a", retry }, { id: "b" }, { id: "c" }],
      [{ steps: ["a", "b", "c"], max: 1 }],
    );
    expect(go()).toEqual(["a"]);
    tell({ type: "step_failed", step: "a", attempt: 1, reason: "exit_code", message: "no", retryAt: T + 10 });
    expect(go()).toEqual(["b"]);
    expect(go(T + 10)).toEqual([]);
    expect(state.steps[0]!.status).toBe("ready");
    done("b");
    expect(go(T + 11)).toEqual(["a"]);
    expect(state.steps[0]!.attempt).toBe(2);
  });

  test("a limit counts again from zero when the run is restarted", () => {
    const { state, tell, go } = rig([{ id: "a" }, { id: "b" }], [{ steps: ["a", "b"], max: 1 }]);
    expect(go()).toEqual(["a"]);
    tell({ type: "cancel_requested" });
    tell({ type: "step_cancelled", step: "a", attempt: 1 });
    go();
    expect(state.status).toBe("cancelled");
    tell({ type: "run_restarted" });
    expect(go()).toEqual(["a"]);
  });
});

describe("a limit on agent steps", () => {
  const limits = [{ steps: ["a", "b", "c"], max: 2 }];
  const accept = (given: object) =>
    ({ id: "m1", action: "accept", tokens: ["t1", "t2", "t3", "t4"], ...given }) as never;

  test("readySteps and accept give at most max steps of a limit", () => {
    const { plan, state } = rig([agent("a"), agent("b"), agent("c"), agent("d")], limits);
    evaluateGates(plan, state);
    expect(readySteps(plan, state).map(({ stepId }) => stepId)).toEqual(["a", "b", "d"]);
    const accepted = handleMessage(plan, state, accept({}), T);
    expect(accepted.ok && accepted.value.map((fact) => "step" in fact && fact.step)).toEqual(["a", "b", "d"]);
  });

  test("a limit counts both steps that workers hold and steps that Baton runs", () => {
    const { plan, state, tell, go, done } = rig([{ id: "a" }, agent("b"), agent("c", "y")], limits);
    expect(go()).toEqual(["a"]);
    tell({ type: "step_assigned", step: "b", attempt: 1, assignment: "t", agent: "x", expiresAt: T + 1_000 });
    expect(handleMessage(plan, state, accept({ stepId: "c" }), T)).toMatchObject({
      error: { message: 'step "c" waits: a concurrency limit of the workflow is reached' },
    });
    expect(handleMessage(plan, state, accept({ agent: "y" }), T).ok).toBe(false);
    done("a");
    expect(handleMessage(plan, state, accept({ agent: "y" }), T).ok).toBe(true);
  });
});
