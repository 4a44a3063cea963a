import { describe, expect, test } from "vitest";
import { fold, initialState } from "../../src/run/fold.ts";
import { factsOfFork } from "../../src/run/fork.ts";
import { toSnapshot } from "../../src/run/snapshot.ts";
import { briefing } from "../../src/run/view/briefing/briefing.ts";
import { progressOf, viewRun } from "../../src/run/view/view.ts";
import { comparable } from "../rig/rules/comparable.ts";
import { agentStep, Desk, growing, growStep } from "../rig/rules/scenario.ts";
import { created, edges } from "../rig/rules/workflow.ts";

const steps = [{ id: "plan" }, growStep("build"), { id: "last" }];
const order = edges("plan → build", "build → last");
const two = growing("build", [{ id: "x" }, { id: "y" }], edges("x → y"));

/** A run of "plan", "build" and "last" in which "build" has expanded into "x" and then "y". */
function grown(given: ConstructorParameters<typeof Desk>[2] = {}): Desk {
  const desk = new Desk(steps, order, given);
  desk.end("plan");
  desk.end("build", two);
  return desk;
}
const mark = (desk: Desk) => {
  desk.ask({ action: "checkpoint" });
  return desk.state.checkpoints.at(-1)!.id;
};

/** Expects that the journal, read from its start, and a snapshot both give the same state. */
function expectSameAfterReload(desk: Desk): void {
  const frozen = comparable(desk.plan, desk.state);
  const again = initialState(desk.plan, created(), { parameters: {}, context: {} });
  for (const event of desk.journal) fold(desk.plan, again, event);
  expect(comparable(desk.plan, again)).toEqual(frozen);
  desk.state = again;
  desk.reopen();
  expect(toSnapshot(desk.state)).toEqual(frozen);
}

describe("expanded steps (steps_grown)", () => {
  test("expanded steps are steps of the run, and dependents of the grow step wait for all of them", () => {
    const desk = grown();
    expect(desk.told().slice(-3)).toEqual(["steps_grown build", "step_completed build", "step_started x"]);
    expect(desk.step("build")).toMatchObject({ output: ["x", "y"] });
    expect(desk.living).toEqual(["plan completed", "build completed", "last pending", "x running", "y pending"]);
    expect(progressOf(desk.plan, desk.state)).toEqual({ completed: 1, settled: 1, total: 4, percentage: 25 });
    expectSameAfterReload(desk);
    desk.end("x");
    expect(desk.step("last").status).toBe("pending");
    desk.end("y");
    desk.end("last");
    expect(desk.state.status).toBe("completed");
    expectSameAfterReload(desk);
  });

  test("each dependency type and condition on a grow step also applies to its expanded steps", () => {
    const waiting = [
      growStep("build"),
      { id: "on-failure" },
      { id: "held" },
      { id: "started" },
      { id: "ordered", condition: "on_success(build)" },
    ];
    const desk = new Desk(waiting, [
      ...edges("build → on-failure: failure"),
      { from: "build", to: "held", type: "finish_to_finish" },
      { from: "build", to: "started", type: "start_to_start" },
    ]);
    desk.end("started");
    desk.end("held");
    desk.end("build", growing("build", [{ id: "x" }, { id: "y" }]));
    desk.end("x");
    expect(viewRun(desk.plan, desk.state, desk.now).steps[2]!.held).toBe(
      'its work is done; waits for the finish of "y"',
    );
    expect(desk.step("ordered").status).toBe("pending");
    desk.fail("y");
    expect(desk.living).toEqual([
      "build completed",
      "on-failure skipped",
      "held failed",
      "started completed",
      "ordered running",
      "x completed",
      "y failed",
    ]);
    expectSameAfterReload(desk);
  });

  test("an expansion may be empty", () => {
    const desk = new Desk([growStep("build"), { id: "last" }], edges("build → last"));
    desk.end("build", growing("build", []));
    expect(desk.told()).not.toContain("steps_grown build");
    expect(desk.step("last").status).toBe("running");
  });

  test("expanded steps may be agent steps, and appear in views and briefings", () => {
    const desk = new Desk(steps, order);
    desk.end("plan");
    desk.end(
      "build",
      growing("build", [
        agentStep(
          "x",
          { prompt: "Make {{item.what}}", verify: [{ command: "true" }] },
          { bindings: { item: { what: "bread" }, index: 0 } },
        ),
      ]),
    );
    const [assignment] = desk.accept();
    expect(viewRun(desk.plan, desk.state, desk.now)).toMatchObject({ activeSteps: [{ id: "x", assignment }] });
    const told = briefing({
      runs: [{ plan: desk.plan, state: desk.state, now: desk.now, status: "running", next: "go on" }],
      sessions: [],
      next: "go on",
    });
    expect(told).toContain("1 of 3 steps completed");
    expect(told).toContain("- x: with ag");
    expect(told).toContain("- last: for x");
    desk.ask({ action: "complete", assignment: assignment!, output: 1 });
    desk.end("x");
    expect(desk.step("x")).toMatchObject({ status: "completed", evidence: "verified" });
  });

  test("limits of a grow step also apply to its expanded steps", () => {
    const limits = [{ steps: ["build", "other"], max: 1 }];
    const desk = new Desk([growStep("build"), { id: "other" }], [], { workflow: { limits } });
    desk.end("build", growing("build", [{ id: "x" }, { id: "y" }]));
    expect(desk.living).toEqual(["build completed", "other running", "x ready", "y ready"]);
    expectSameAfterReload(desk);
    desk.end("other");
    expect(desk.living).toEqual(["build completed", "other completed", "x running", "y ready"]);
    desk.end("x");
    desk.ask({ action: "pause" });
    desk.end("y");
    desk.ask({ action: "restart", stepId: "build" });
    expect(desk.living).toEqual(["build running", "other completed"]);
    expectSameAfterReload(desk);
  });
});

describe("an expansion that is refused", () => {
  const refused = (desk: Desk, end = two) => {
    desk.end("build", end);
    expect(desk.told()).not.toContain("steps_grown build");
    return desk.step("build").error;
  };

  test("an expansion with any mistake is refused with growth_refused, and all mistakes are listed", () => {
    const desk = new Desk([growStep("build", { retry: { retries: 3 } }), { id: "X" }, { id: "y" }]);
    desk.end("X");
    const end = growing("build", [{ id: "x" }, { id: "y" }], [], { problems: ["element 2 is null"], maxSteps: 4 });
    expect(refused(desk, end)).toMatchObject({
      reason: "growth_refused",
      message:
        'no step was added: element 2 is null; "x" differs from the step "X" only in upper and lower case; the run has a step "y" already; ' +
        "the run would have 5 steps; the limit (maxSteps) is 4",
      hint: expect.stringContaining('stepId "build"'),
    });
    expect(desk.step("build").status).toBe("failed");
  });

  test("at most 100 of many mistakes in an expansion are listed", () => {
    const problems = Array.from({ length: 1_000 }, (_, at) => `p${at}`);
    const { message } = refused(new Desk([growStep("build")]), growing("build", [], [], { problems }))!;
    expect(message).toContain("p99; and 900 more problems like these");
    expect(message).not.toContain("p100;");
  });

  test("an expansion in a run that is being cancelled is dropped", () => {
    const desk = new Desk([growStep("build"), { id: "last" }], edges("build → last"));
    desk.askAndEnd({ action: "cancel" }, "build", two);
    expect(desk.state.status).toBe("cancelled");
    expect(desk.living).toEqual(["build cancelled", "last cancelled"]);
  });
});

describe("expanded steps that are discarded", () => {
  test("restart of the grow step discards its expanded steps; their attempt numbers continue", () => {
    const desk = grown();
    desk.end("x");
    desk.end("y");
    desk.end("last");
    expect(desk.ask({ action: "restart", stepId: "build" })).toContain("run_restarted build");
    expect(desk.living).toEqual(["plan completed", "build running", "last pending"]);
    expect(desk.plan.indexOf.has("x")).toBe(false);
    expect(progressOf(desk.plan, desk.state)).toEqual({ completed: 1, settled: 1, total: 2, percentage: 50 });
    expectSameAfterReload(desk);
    desk.end("build", growing("build", [{ id: "z" }, { id: "X" }]));
    expect(desk.living).toEqual(["plan completed", "build completed", "last pending", "z running", "X running"]);
    expect([desk.step("z").attempt, desk.step("X").attempt]).toEqual([1, 2]);
    desk.end("z");
    desk.end("X");
    desk.end("last");
    expect(desk.state.status).toBe("completed");
    const log = viewRun(desk.plan, desk.state, desk.now).executionLog;
    expect(log.map(({ step, attempt }) => `${step}.${attempt}`)).toEqual([
      "plan.1",
      "build.1",
      "x.1",
      "y.1",
      "last.1",
      "build.2",
      "z.1",
      "X.2",
      "last.2",
    ]);
    expectSameAfterReload(desk);
  });

  test("restart of the whole run discards expanded steps, whatever their status", () => {
    const desk = new Desk([growStep("build"), { id: "last" }], edges("build → last"));
    desk.end(
      "build",
      growing("build", [agentStep("x", { timeout: 1 }), agentStep("y"), agentStep("z", {}, { risky: true })]),
    );
    const [token] = desk.accept({ stepId: "x" });
    desk.ask({ action: "pause" });
    desk.ask({ action: "restart" });
    expect(desk.living).toEqual(["build running", "last pending"]);
    expect(desk.ask({ action: "complete", assignment: token!, output: 1 })).toMatchObject({
      reason: "assignment_lost",
      message: expect.stringContaining('step "x" was discarded'),
    });
    expect(desk.decision.wakeAt).toBeUndefined();
    desk.end("build", growing("build", []));
    desk.end("last");
    expect(desk.state.status).toBe("completed");
    expectSameAfterReload(desk);
  });

  test("restart of one expanded step does not discard the step", () => {
    const desk = grown();
    desk.end("x");
    desk.end("y");
    desk.end("last");
    desk.ask({ action: "restart", stepId: "y" });
    expect(desk.living).toEqual(["plan completed", "build completed", "last pending", "x completed", "y running"]);
    desk.end("y");
    desk.end("last");
    expect(desk.state.status).toBe("completed");
  });

  test("expanded steps are discarded if the owner dies before the grow step is completed", () => {
    const desk = new Desk([growStep("build"), { id: "last" }], edges("build → last"));
    const { newSteps } = two as Extract<typeof two, { outcome: "completed" }>;
    // The owner died in the middle of its write: step_completed is missing.
    desk.commit([
      {
        type: "steps_grown",
        step: "build",
        attempt: 1,
        steps: [...newSteps!.steps],
        dependencies: [...newSteps!.dependencies],
      },
    ]);
    expect(desk.living).toEqual(["build running", "last pending", "x pending", "y pending"]);
    expectSameAfterReload(desk);
    desk.takeOver();
    expect(desk.living).toEqual(["build running", "last pending"]);
    desk.end("build", two);
    for (const id of ["x", "y", "last"]) desk.end(id);
    expect(desk.state.status).toBe("completed");
    expectSameAfterReload(desk);
  });

  test("expanded steps are discarded if the held grow step fails with its dependency", () => {
    const desk = new Desk(
      [growStep("build"), { id: "a" }, { id: "last", condition: "always" }],
      [{ from: "a", to: "build", type: "finish_to_finish" }, ...edges("build → last")],
    );
    desk.end("build", two);
    expect(desk.told().slice(-2)).toEqual(["steps_grown build", "step_held build"]);
    expect(desk.living).toContain("x pending");
    desk.fail("a");
    expect(desk.living).toEqual(["build failed", "a failed", "last running"]);
    expectSameAfterReload(desk);
  });
});

describe("checkpoints of a run with expanded steps", () => {
  test("restore to a checkpoint before an expansion discards its steps; a later checkpoint brings them back", () => {
    const desk = new Desk(steps, order);
    desk.end("plan");
    const before = mark(desk);
    desk.end("build", two);
    desk.end("x");
    const after = mark(desk);
    desk.end("y");
    desk.ask({ action: "restore", checkpoint: before });
    desk.end("last", { outcome: "failed", reason: "signal", message: "" }, "cancel");
    expect(desk.living).toEqual(["plan completed", "build ready", "last pending"]);
    expectSameAfterReload(desk);
    desk.ask({ action: "resume" });
    desk.end("build", growing("build", [{ id: "y" }]));
    expect(desk.step("y")).toMatchObject({ status: "running", attempt: 2 });
    desk.end("y");
    const second = mark(desk);
    desk.ask({ action: "restore", checkpoint: after });
    desk.end("last", { outcome: "failed", reason: "signal", message: "" }, "cancel");
    expect(desk.living).toEqual(["plan completed", "build completed", "last pending", "x completed", "y ready"]);
    // Two steps had the id "y"; the attempts of both count.
    expect(desk.step("y").attempt).toBe(2);
    expectSameAfterReload(desk);
    desk.ask({ action: "restore", checkpoint: second });
    expect(desk.living).toEqual(["plan completed", "build completed", "last ready", "y completed"]);
    desk.ask({ action: "resume" });
    desk.end("last");
    expect(desk.state.status).toBe("completed");
    expectSameAfterReload(desk);
  });

  test("factsOfFork copies the expanded steps that existed at the checkpoint", () => {
    const desk = new Desk(steps, order);
    desk.end("plan");
    const before = mark(desk);
    desk.end("build", two);
    desk.end("x");
    const copies = (checkpoint?: string) =>
      factsOfFork(desk.plan, desk.state, checkpoint).map(({ type, step }) => `${type} ${step}`);
    expect(copies(before)).toEqual(["step_copied plan"]);
    const grown = ["steps_grown build", "step_copied plan", "step_copied build", "step_copied x"];
    expect(copies()).toEqual(grown);
    const after = mark(desk);
    const facts = factsOfFork(desk.plan, desk.state, undefined);
    desk.ask({ action: "pause" });
    desk.end("y");
    desk.ask({ action: "restart", stepId: "build" });
    expect(copies()).toEqual(["step_copied plan"]);
    expect(copies(after)).toEqual(grown);
    expect(desk.living).toEqual(["plan completed", "build running", "last pending"]);

    const other = new Desk(steps, order);
    other.state = initialState(other.plan, created(), { parameters: {}, context: {} });
    other.fold(...facts);
    expect(other.living).toEqual(["plan completed", "build completed", "last pending", "x completed", "y running"]);
    other.end("y");
    other.end("last");
    expect(other.state.status).toBe("completed");
  });
});
