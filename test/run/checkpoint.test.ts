import { describe, expect, test } from "vitest";
import { factsOfFork } from "../../src/run/fork.ts";
import { outcomeOf } from "../../src/run/state/message-dedup.ts";
import { viewRun } from "../../src/run/view/view.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const bad = { outcome: "failed", reason: "exit_code", message: "no" } as const;
const deliver = (desk: Desk, id: string, output: string, context = {}) =>
  desk.ask({ action: "complete", assignment: desk.accept({ stepId: id })[0]!, output, context });
const latest = (desk: Desk) => desk.state.checkpoints[desk.state.checkpoints.length - 1]!.id;
const mark = (desk: Desk) => {
  desk.ask({ action: "checkpoint" });
  return latest(desk);
};

describe("checkpoint", () => {
  test("a checkpoint is made after an agent step, on pause, on request and before a risky step", () => {
    const steps = [agentStep("a"), { id: "b", risky: true }, agentStep("c")];
    const desk = new Desk(steps, edges("a → b", "a → c"));
    deliver(desk, "a", "x");
    desk.ask({ action: "pause" });
    desk.ask({ action: "checkpoint", name: "mine" });
    expect(desk.state.checkpoints).toMatchObject([
      { trigger: "agent", step: "a" },
      { trigger: "risky", step: "b" },
      { trigger: "pause" },
      { trigger: "manual", name: "mine" },
    ]);
    expect(new Set(desk.state.checkpoints.map(({ id }) => id)).size).toBe(4);
    for (const { id, rev } of desk.state.checkpoints) expect(id).toBe(`cp_0123456789_${rev - 1}`);
  });

  test("a checkpoint is made before a worker gets a risky step, and not again for the next worker", () => {
    const desk = new Desk([agentStep("a", { leaseSeconds: 1 }, { risky: true }), agentStep("b", {}, { risky: true })]);
    const told = desk.ask({ action: "accept", tokens: [desk.token(), desk.token()] }, "both");
    expect(told).toEqual(["checkpoint_created a", "step_assigned a", "checkpoint_created b", "step_assigned b"]);
    const [a, b] = desk.state.checkpoints;
    expect([a!.id, b!.id]).toEqual(["cp_0123456789_1", "cp_0123456789_3"]);
    expect(outcomeOf(desk.state, "both")).toEqual({ checkpoint: b!.id });
    desk.ask({ action: "release", assignment: desk.step("b").lease!.token });
    desk.accept({ stepId: "b" });
    expect(desk.state.checkpoints).toHaveLength(2);
    desk.ask({ action: "restore", checkpoint: b!.id });
    expect(desk.statuses).toEqual(["ready", "ready"]);
  });

  test("a checkpoint is made again before a risky step that a restart runs again", () => {
    const desk = new Desk([{ id: "a", risky: true }], [], { created: { code: true } });
    desk.ask({ action: "pause" });
    desk.ask({ action: "restart" });
    for (const checkpoint of [...desk.state.capturing]) desk.fold({ type: "checkpoint_captured", checkpoint });
    expect(desk.statuses).toEqual(["ready"]);
    expect(desk.state.checkpoints.map(({ trigger }) => trigger)).toEqual(["risky", "pause", "risky"]);
    desk.fold({ type: "checkpoint_captured", checkpoint: latest(desk) });
    expect(desk.statuses).toEqual(["running"]);
  });

  test("delete_checkpoint removes a checkpoint, and earlier checkpoints can still be restored", () => {
    const desk = new Desk([agentStep("a"), agentStep("b"), agentStep("c")], edges("a → b", "b → c"));
    const first = mark(desk);
    deliver(desk, "a", "x");
    const middle = latest(desk);
    deliver(desk, "b", "y");
    expect(desk.ask({ action: "delete_checkpoint", checkpoint: middle })).toEqual(["checkpoint_deleted"]);
    expect(desk.ask({ action: "delete_checkpoint", checkpoint: middle })).toEqual({
      reason: "unknown_checkpoint",
      message: `the run has no checkpoint "${middle}"`,
    });
    desk.ask({ action: "delete_checkpoint", checkpoint: latest(desk) });
    desk.ask({ action: "restore", checkpoint: first });
    expect(desk.statuses).toEqual(["ready", "pending", "pending"]);
    // The first checkpoint has none before it.
    desk.ask({ action: "delete_checkpoint", checkpoint: first });
    expect(desk.state.checkpoints).toEqual([]);
  });
});

describe("the code of a checkpoint", () => {
  const capturing = () =>
    new Desk([agentStep("a"), agentStep("b"), { id: "c" }], edges("a → c"), { created: { code: true } });
  const recorded = (desk: Desk, checkpoint: string) =>
    desk.fold({ type: "checkpoint_captured", checkpoint, problem: "none" });

  test("code is recorded for one checkpoint after the other, before any step starts", () => {
    const desk = capturing();
    deliver(desk, "a", "x");
    const first = latest(desk);
    const second = mark(desk);
    expect(desk.state.capturing).toEqual([first, second]);
    recorded(desk, first);
    expect(desk.statuses).toEqual(["completed", "ready", "ready"]);
    recorded(desk, second);
    expect(desk.statuses).toEqual(["completed", "ready", "running"]);
    expect(desk.state.checkpoints.map(({ problem }) => problem)).toEqual(["none", "none"]);
  });

  test("code is recorded before the run completes, but not when the run is cancelled", () => {
    const desk = new Desk([agentStep("a")], [], { created: { code: true } });
    deliver(desk, "a", "x");
    expect(desk.state.status).toBe("running");
    desk.takeOver();
    expect(desk.state.capturing).toHaveLength(1);
    recorded(desk, latest(desk));
    expect(desk.state.status).toBe("completed");
    const other = new Desk([agentStep("a")], [], { created: { code: true } });
    mark(other);
    other.ask({ action: "cancel" });
    expect(other.state.status).toBe("cancelled");
  });

  test("a deleted checkpoint is not recorded; a restore ends the recording with a problem that says why", () => {
    const desk = capturing();
    const first = mark(desk);
    const second = mark(desk);
    desk.ask({ action: "delete_checkpoint", checkpoint: second });
    expect(desk.state.capturing).toEqual([first]);
    recorded(desk, second);
    desk.ask({ action: "restore", checkpoint: first });
    expect(desk.state).toMatchObject({
      capturing: [],
      checkpoints: [{ problem: `the run was restored to ${first} before the code was recorded` }],
    });
  });

  test("the recorded code is stored in the checkpoint", () => {
    const desk = capturing();
    const code = { repository: "/r", commit: "a".repeat(40), ref: "refs/x", dirty: false, files: 0 };
    const checkpoint = mark(desk);
    desk.fold({ type: "checkpoint_captured", checkpoint, code });
    expect(desk.state.checkpoints[0]).toMatchObject({ code });
    expect(desk.state.checkpoints[0]).not.toHaveProperty("problem");
  });
});

describe("restore of a checkpoint", () => {
  test("restore brings back the state and pauses; attempt numbers continue and later checkpoints stay", () => {
    const desk = new Desk([agentStep("a"), agentStep("b"), { id: "c" }], edges("a → b", "b → c"));
    deliver(desk, "a", "first", { said: 1 });
    const afterA = latest(desk);
    deliver(desk, "b", "second");
    const afterB = latest(desk);
    desk.fail("c");
    expect(desk.state.status).toBe("failed");
    desk.ask({ action: "restore", checkpoint: afterA });
    expect(desk.state).toMatchObject({ status: "paused", pause: { reason: "restored" } });
    expect(viewRun(desk.plan, desk.state, desk.now).note).toBe(`Restored to ${afterA}. Resume to continue from there.`);
    expect(desk.state.steps).toMatchObject([
      { status: "completed", output: "first", context: { said: 1 } },
      { status: "ready", attempt: 1, failures: 0 },
      { status: "pending", attempt: 1, unsettledEdges: 1 },
    ]);
    expect(desk.state.steps[1]).not.toHaveProperty("output");
    desk.ask({ action: "restore", checkpoint: afterB });
    expect(desk.state.steps).toMatchObject([{}, { status: "completed", output: "second" }, { status: "ready" }]);
    desk.ask({ action: "resume" });
    expect(desk.step("c")).toMatchObject({ status: "running", attempt: 2 });
  });

  test("restore first stops running steps, which counts neither as a failure nor as a crash", () => {
    const desk = new Desk([{ id: "a" }, agentStep("b", { verify: [{ command: "x" }] })]);
    desk.ask({ action: "complete", assignment: desk.accept()[0]! });
    const checkpoint = mark(desk);
    expect(desk.ask({ action: "restore", checkpoint })).toEqual(["restore_requested"]);
    expect(desk.decision.stops).toEqual([
      { index: 0, why: "cancel" },
      { index: 1, why: "cancel" },
    ]);
    expect(desk.ask({ action: "cancel" })).toMatchObject({ reason: "busy" });
    desk.end("a", bad, "cancel");
    desk.end("b", bad, "cancel");
    expect(desk.told().slice(-3)).toEqual(["step_interrupted a", "step_interrupted b", "run_restored"]);
    expect(desk.state.steps).toMatchObject([
      { status: "ready", failures: 0, crashes: 0 },
      { status: "ready", failures: 0, crashes: 0 },
    ]);
    expect(desk.step("b")).not.toHaveProperty("lease");
  });

  test("a new owner finishes the restore, whatever the onCrash of interrupted steps", () => {
    const desk = new Desk([{ id: "a", onCrash: "ask" }]);
    const checkpoint = mark(desk);
    desk.ask({ action: "restore", checkpoint });
    desk.takeOver();
    expect(desk.state).toMatchObject({ status: "paused", pause: { reason: "restored" } });
    expect(desk.statuses).toEqual(["ready"]);
  });

  test("restore brings back the time left until the run's timeout", () => {
    const desk = new Desk([agentStep("a"), agentStep("b")], edges("a → b"), { workflow: { timeout: 1_000 } });
    desk.pass(400);
    deliver(desk, "a", "x");
    desk.pass(600);
    expect(desk.state.status).toBe("failed");
    desk.ask({ action: "restore", checkpoint: latest(desk) });
    desk.pass(10_000);
    desk.ask({ action: "resume" });
    expect(desk.state.status).toBe("running");
    expect(desk.decision.wakeAt).toBe(desk.now + 600);
  });

  test("restore to a checkpoint made while cancelling starts none of the cancelled steps", () => {
    const desk = new Desk([{ id: "a" }, { id: "b" }], edges("a → b"));
    desk.ask({ action: "cancel" });
    const checkpoint = mark(desk);
    expect(desk.statuses).toEqual(["running", "cancelled"]);
    desk.end("a", bad, "cancel");
    desk.ask({ action: "restore", checkpoint });
    desk.ask({ action: "resume" });
    expect(desk.statuses).toEqual(["running", "cancelled"]);
    desk.end("a");
    expect(desk.statuses).toEqual(["completed", "cancelled"]);
    expect(desk.state.status).toBe("cancelled");
  });

  test("restore to a checkpoint before a skip evaluates the condition again", () => {
    const gated = { id: "b", condition: "steps.a.attempt > 1" };
    const desk = new Desk([agentStep("a"), gated], edges("a → b"));
    deliver(desk, "a", "x");
    const checkpoint = latest(desk);
    expect(desk.statuses).toEqual(["completed", "skipped"]);
    desk.ask({ action: "restart" });
    deliver(desk, "a", "y");
    desk.ask({ action: "restore", checkpoint });
    desk.end("b", bad, "cancel");
    expect(desk.state.steps).toMatchObject([{ output: "x", attempt: 2 }, { status: "ready" }]);
    desk.ask({ action: "resume" });
    expect(desk.statuses).toEqual(["completed", "running"]);
  });

  test("a run that is being cancelled cannot be restarted", () => {
    const desk = new Desk([{ id: "a" }, { id: "b" }]);
    desk.end("b");
    desk.ask({ action: "pause" });
    desk.ask({ action: "cancel" });
    expect(desk.ask({ action: "restart", stepId: "b" })).toEqual({
      reason: "busy",
      message: "cannot restart a run that is being cancelled; wait until it has ended",
    });
    desk.end("a", bad, "cancel");
    expect(desk.ask({ action: "restart", stepId: "b" })).toEqual(["run_restarted b", "step_started b"]);
  });
});

describe("fork (factsOfFork)", () => {
  const steps = [agentStep("a"), { id: "b" }, { id: "c", condition: "on_failure(b)" }, agentStep("d"), agentStep("e")];
  const made = () => {
    const desk = new Desk(steps, edges("a → b", "b → d", "d → e"));
    desk.ask({
      action: "complete",
      assignment: desk.accept({ worker: "ann" })[0]!,
      output: "x",
      context: { plan: 1 },
    });
    desk.end("b", { outcome: "completed", output: "said", exitCode: 0 });
    return desk;
  };

  test("factsOfFork copies finished steps with output, evidence and worker, and no other steps", () => {
    const desk = made();
    const token = desk.step("a").lease!.token;
    desk.accept();
    const at = { attempt: 1, startedAt: desk.now, endedAt: desk.now };
    expect(factsOfFork(desk.plan, desk.state, undefined)).toEqual([
      {
        ...{ type: "step_copied", step: "a", status: "completed", output: "x", context: { plan: 1 }, ...at },
        ...{ evidence: "reported", assignment: token, agent: "ag", worker: "ann" },
      },
      { type: "step_copied", step: "b", status: "completed", output: "said", exitCode: 0, ...at },
      {
        ...{ type: "step_copied", step: "c", status: "skipped", attempt: 0, endedAt: desk.now },
        message: "condition is false: on_failure(b)",
      },
    ]);
  });

  test("factsOfFork a checkpoint copies the steps that were finished at that checkpoint", () => {
    const desk = made();
    expect(factsOfFork(desk.plan, desk.state, latest(desk)).map(({ step }) => step)).toEqual(["a"]);
  });

  test("factsOfFork copies no step that comes after a step to be run again", () => {
    const desk = new Desk([{ id: "a" }, { id: "b" }], [{ from: "a", to: "b", condition: "always" }]);
    desk.fail("a");
    desk.end("b");
    expect(desk.statuses).toEqual(["failed", "completed"]);
    expect(factsOfFork(desk.plan, desk.state, undefined)).toEqual([]);
  });

  test("a fork continues with handoffs from copied steps, and tokens of the old run are unknown_assignment", () => {
    const from = made();
    const token = from.step("a").lease!.token;
    const fork = new Desk(steps, edges("a → b", "b → d", "d → e"));
    fork.fold(...factsOfFork(from.plan, from.state, undefined));
    expect(fork.statuses).toEqual(["completed", "completed", "skipped", "ready", "pending"]);
    expect(viewRun(fork.plan, fork.state, fork.now).steps[0]).toMatchObject({
      ...{ evidence: "reported", output: "x", agent: "ag", worker: "ann" },
    });
    expect(fork.step("c").skipped).toBe("condition is false: on_failure(b)");
    expect(fork.ask({ action: "complete", assignment: token })).toMatchObject({ reason: "unknown_assignment" });
    deliver(fork, "d", "y");
    deliver(fork, "e", "z");
    expect(fork.state.status).toBe("completed");
  });

  test("a copied failure keeps its reason and skips its dependents", () => {
    const fork = new Desk([agentStep("a"), { id: "b" }], edges("a → b"));
    fork.fold({ type: "step_copied", step: "a", status: "failed", attempt: 2, reason: "exit_code", message: "no" });
    expect(fork.step("a").error).toEqual({ reason: "exit_code", message: "no" });
    expect(fork.statuses).toEqual(["failed", "skipped"]);
  });
});
