import { describe, expect, it } from "vitest";
import type { Fact, JournalEvent } from "../../src/model/event.ts";
import type { Message } from "../../src/model/message.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Dependency, DependencyType } from "../../src/model/workflow.ts";
import { factsOfOutcome } from "../../src/run/attempt-outcome.ts";
import { decide } from "../../src/run/decide.ts";
import { factsOfBaseline } from "../../src/run/features/baselines.ts";
import { fold } from "../../src/run/fold.ts";
import { factsOfFork } from "../../src/run/fork.ts";
import { handleMessage } from "../../src/run/handle-message.ts";
import { recover } from "../../src/run/recovery.ts";
import { briefing } from "../../src/run/view/briefing/briefing.ts";
import { viewRun } from "../../src/run/view/view.ts";
import { allChecks, withChecks } from "../rig/rules/checks.ts";
import { beginning, created, planOf, type StepSketch } from "../rig/rules/workflow.ts";

const T = created().at;
const SHORT: Readonly<Record<string, DependencyType>> = {
  SS: "start_to_start",
  FF: "finish_to_finish",
  SF: "start_to_finish",
};
const agent = { type: "agent", config: { agent: "someone" } };

/** A run whose steps end when the test calls `end`. */
class SteppedRun {
  readonly plan: Plan;
  readonly state;
  readonly told: string[] = [];
  now = T;
  private messages = 0;

  constructor(ties: readonly string[], steps: readonly StepSketch[] = [], more: Parameters<typeof planOf>[2] = {}) {
    const dependencies = ties.map((text): Dependency => {
      const [from, type, to, condition] = text.split(" ");
      const short = SHORT[type!];
      return {
        from: from!,
        to: to!,
        ...(short && { type: short }),
        ...(condition && { condition: condition as "always" }),
      };
    });
    const ids = [...new Set(dependencies.flatMap(({ from, to }) => [from, to]))].sort();
    const own = new Map(steps.map((step) => [step.id, step]));
    this.plan = planOf(
      ids.map((id) => own.get(id) ?? { id }),
      dependencies,
      more,
    );
    this.state = beginning(this.plan);
    this.settle();
  }

  private commit(facts: readonly Fact[], cause?: string) {
    for (const fact of facts) {
      fold(this.plan, this.state, {
        at: this.now,
        epoch: this.state.epoch,
        ...fact,
        ...(cause && { cause }),
      } as JournalEvent);
      const said = "reason" in fact && fact.type === "step_failed" ? ` ${fact.reason}` : "";
      this.told.push(`${"step" in fact && fact.step ? `${fact.type} ${fact.step}` : fact.type}${said}`);
    }
  }

  private settle() {
    for (;;) {
      const { facts } = decide(this.plan, this.state, this.now);
      const [index] = this.state.baselining;
      if (facts.length > 0) this.commit(facts);
      else if (index !== undefined)
        this.commit(
          factsOfBaseline(this.plan, this.state, index, { checks: allChecks(this.plan, this.state, index, "failed") }),
        );
      else return;
    }
  }

  /** The facts recorded since the last call. */
  get newFacts() {
    return this.told.splice(0);
  }

  index = (step: string) => this.plan.indexOf.get(step)!;
  status = (step: string) => this.state.steps[this.index(step)]!.status;
  view = (step: string) => viewRun(this.plan, this.state, this.now).steps[this.index(step)]!;

  end(step: string, outcome: "completed" | "failed" = "completed", after = 10) {
    this.now += after;
    const end =
      outcome === "completed"
        ? ({ outcome, output: `${step}!`, exitCode: 0 } as const)
        : ({ outcome, reason: "exit_code", message: "exit code 1" } as const);
    const whole = withChecks(this.plan, this.state, this.index(step), end);
    this.commit(factsOfOutcome(this.plan, this.state, this.index(step), whole, undefined, this.now));
    this.settle();
    return this.newFacts;
  }

  ask(message: Record<string, unknown>) {
    const id = `m${++this.messages}`;
    const received = handleMessage(this.plan, this.state, { id, ...message } as Message, this.now);
    if (!received.ok) return received.error.message;
    this.commit(received.value, id);
    this.settle();
    return this.newFacts;
  }

  takeover() {
    const epoch = this.state.epoch + 1;
    fold(this.plan, this.state, { type: "lease_taken", at: this.now, epoch, pid: 2 });
    this.commit(recover(this.plan, this.state));
    this.settle();
    return this.newFacts;
  }
}

describe("start_to_start", () => {
  it("start_to_start lets a step start once the other has started", () => {
    const run = new SteppedRun(["a FS b", "b SS c"]);
    expect(run.newFacts).toEqual(["step_started a"]);
    expect(run.end("a")).toEqual(["step_completed a", "step_started b", "step_started c"]);
  });

  it("start_to_start counts a step that waits for its retry as started", () => {
    const run = new SteppedRun(["a SS b"], [{ id: "a", retry: { retries: 1 } }], { timeout: 100_000 });
    run.end("a", "failed");
    expect(run.takeover()).toEqual(["step_interrupted b", "step_started b"]);
    expect(run.status("a")).toBe("waiting");
  });

  it.each([
    ["a SS b", "skipped", 'needs the start of "a", which is skipped'],
    ["a SS b always", "running", undefined],
    ["a SS b failure", "running", undefined],
  ])("%s on a step that never starts", (tie, status, why) => {
    const run = new SteppedRun(["z FS a failure", tie]);
    run.end("z");
    expect(run.status("a")).toBe("skipped");
    expect(run.status("b")).toBe(status);
    expect(run.view("b").skipped).toBe(why);
  });

  it("start_to_start on failure skips the step as soon as the other starts", () => {
    const run = new SteppedRun(["a SS b failure"]);
    expect(run.newFacts).toEqual(["step_started a", "step_skipped b"]);
    expect(run.view("b").skipped).toBe('needs "a" never to start, and it did');
  });

  it("start_to_start waits until an agent accepts the step", () => {
    const run = new SteppedRun(["a SS b"], [{ id: "a", ...agent }]);
    expect(run.newFacts).toEqual([]);
    expect(run.ask({ action: "accept", tokens: ["t"] })).toEqual(["step_assigned a", "step_started b"]);
    expect(run.ask({ action: "release", assignment: "t" })).toEqual(["step_released a"]);
    expect(run.ask({ action: "accept", tokens: ["u"] })).toEqual(["step_assigned a"]);
  });
});

describe("finish_to_finish", () => {
  it("finish_to_finish holds a step whose work is done, without a slot, until the other step is settled", () => {
    const run = new SteppedRun(["a FF b"]);
    expect(run.newFacts).toEqual(["step_started a", "step_started b"]);
    expect(run.end("b")).toEqual(["step_held b"]);
    expect(run.state.running).toEqual(new Set([run.index("a")]));
    expect(run.view("b")).toMatchObject({
      status: "running",
      duration: 10,
      output: "b!",
      held: 'its work is done; waits for the finish of "a"',
    });
    const { activeSteps, progress } = viewRun(run.plan, run.state, run.now + 500);
    expect(activeSteps.map(({ id, elapsed }) => [id, elapsed])).toEqual([
      ["a", 510],
      ["b", 10],
    ]);
    expect(progress.completed).toBe(0);
    expect(run.end("a", "completed", 30)).toEqual(["step_completed a", "step_completed b", "run_finished"]);
    const { startTime, endTime, duration, held } = run.view("b");
    expect([Date.parse(endTime!) - Date.parse(startTime!), duration, held]).toEqual([40, 10, undefined]);
    expect(viewRun(run.plan, run.state, run.now).executionLog.map(({ step, duration }) => [step, duration])).toEqual([
      ["a", 40],
      ["b", 10],
    ]);
  });

  it.each([
    ["a FF b", "failed", "failed"],
    ["a FF b always", "failed", "completed"],
    ["a FF b failure", "failed", "completed"],
    ["a FF b failure", "completed", "failed"],
  ] as const)("%s when a is %s: b is %s", (tie, outcome, expected) => {
    const run = new SteppedRun([tie]);
    run.end("b");
    run.end("a", outcome);
    expect(run.status("b")).toBe(expected);
    // The same if a ends first.
    const other = new SteppedRun([tie]);
    other.end("a", outcome);
    other.end("b");
    expect(other.status("b")).toBe(expected);
    expect(other.told).not.toContain("step_held b");
  });

  it("finish_to_finish fails a held step with dependency_failed and keeps its output if the other step fails", () => {
    const run = new SteppedRun(["a FF b"], [{ id: "b", retry: { retries: 3 } }]);
    run.end("b");
    expect(run.end("a", "failed")).toEqual([
      "step_failed a exit_code",
      "step_failed b dependency_failed",
      "run_finished",
    ]);
    expect(run.view("b")).toMatchObject({
      output: "b!",
      error: {
        reason: "dependency_failed",
        message: 'its own work is done, but it needs success of "a", which is failed',
        hint: 'With condition: "always" the dependency only says when the step finishes.',
      },
    });
  });

  it("finish_to_finish is order only for a step with its own condition", () => {
    const run = new SteppedRun(["a FF b"], [{ id: "b", condition: "always" }]);
    run.end("b");
    expect(run.end("a", "failed")).toContain("step_completed b");
  });

  it("finish_to_finish does not hold back a failure or a retry", () => {
    const run = new SteppedRun(["a FF b"], [{ id: "b", retry: { retries: 1, delay: 0 } }]);
    run.newFacts;
    expect(run.end("b", "failed")).toEqual(["step_failed b exit_code", "step_started b"]);
    expect(run.end("b", "failed")).toEqual(["step_failed b exit_code"]);
    expect(run.status("b")).toBe("failed");
  });

  it("held time does not count against the timeout of the step", () => {
    const run = new SteppedRun(["a FF b"], [{ id: "b", timeout: 50 }]);
    run.end("b");
    expect(decide(run.plan, run.state, run.now + 1_000)).toEqual({ facts: [], stops: [] });
  });
});

describe("start_to_finish", () => {
  it("start_to_finish holds a step whose work is done until the other step has started", () => {
    const run = new SteppedRun(["z FS a", "a SF b"]);
    expect(run.newFacts).toEqual(["step_started b", "step_started z"]);
    expect(run.end("b")).toEqual(["step_held b"]);
    expect(run.view("b").held).toBe('its work is done; waits for the start of "a"');
    expect(run.end("z")).toEqual(["step_completed z", "step_started a", "step_completed b"]);
  });

  it("start_to_finish fails a held step with dependency_failed if the other step never starts", () => {
    const run = new SteppedRun(["z FS a", "a SF b"]);
    run.end("b");
    expect(run.end("z", "failed")).toContain("step_failed b dependency_failed");
    expect(run.view("b").error?.message).toBe('its own work is done, but it needs the start of "a", which is skipped');
  });
});

describe("a held step", () => {
  it("cancel cancels a held step and keeps its output", () => {
    const run = new SteppedRun(["a FF b"]);
    run.end("b");
    run.ask({ action: "cancel" });
    expect(run.view("b")).toMatchObject({ status: "cancelled", output: "b!", duration: 10 });
    expect(run.view("b").endTime).not.toBeNull();
  });

  it("a step whose work ends while the run is being cancelled is cancelled and not held", () => {
    const run = new SteppedRun(["a FF b", "b FF c"]);
    run.ask({ action: "cancel" });
    expect(run.end("b")).toEqual(["step_cancelled b"]);
    expect(run.end("a")).toEqual(["step_completed a"]);
  });

  it("a held step completes while the run is paused", () => {
    const run = new SteppedRun(["a FF b"]);
    run.end("b");
    run.ask({ action: "pause" });
    expect(run.end("a")).toEqual(["step_completed a", "step_completed b"].concat("run_finished"));
  });

  it("a new owner does not run a held step again", () => {
    const run = new SteppedRun(["a FF b"], [{ id: "b", onCrash: "fail" }]);
    run.end("b");
    expect(run.takeover()).toEqual(["step_interrupted a", "step_started a"]);
    expect(run.end("a")).toContain("step_completed b");
  });

  it("only a restart that includes a held step runs the step again", () => {
    const run = new SteppedRun(["a FF b", "c FS d"]);
    run.end("b");
    run.end("c", "failed");
    run.ask({ action: "pause" });
    expect(run.ask({ action: "restart", stepId: "c" })).toContain("step_started c");
    expect(run.status("b")).toBe("running");
    run.ask({ action: "pause" });
    expect(run.ask({ action: "restart", stepId: "b" })).toEqual(["run_restarted b", "step_started b"]);
  });

  it("restore of a checkpoint brings a step back as held", () => {
    const run = new SteppedRun(["a FF b"]);
    run.end("b");
    run.ask({ action: "checkpoint" });
    const { id } = run.state.checkpoints.at(-1)!;
    run.end("a");
    run.ask({ action: "restore", checkpoint: id });
    expect([run.status("a"), run.view("b").held]).toEqual(["ready", 'its work is done; waits for the finish of "a"']);
    expect(run.ask({ action: "resume" })).toEqual(["run_resumed", "step_started a"]);
    expect(run.end("a", "failed")).toContain("step_failed b dependency_failed");
  });

  it("factsOfFork copies a held step only once the step is completed, with heldAt", () => {
    const run = new SteppedRun(["a FF b"]);
    run.end("b");
    expect(factsOfFork(run.plan, run.state, undefined)).toEqual([]);
    run.end("a");
    const copies = factsOfFork(run.plan, run.state, undefined);
    expect(copies).toMatchObject([{ step: "a" }, { step: "b", heldAt: T + 10, endedAt: T + 20 }]);
    const fork = beginning(run.plan);
    for (const copy of copies) fold(run.plan, fork, { ...copy, at: T, epoch: 1 } as JournalEvent);
    expect(viewRun(run.plan, fork, T).steps.map(({ duration }) => duration)).toEqual([20, 10]);
  });

  it("a held agent step answers a repeated complete with delivery_repeated", () => {
    const run = new SteppedRun(["a FF b"], [{ id: "b", ...agent }]);
    run.ask({ action: "accept", tokens: ["t"], stepId: "b" });
    const complete = { action: "complete", assignment: "t", output: { n: 1 }, context: { note: "x" } };
    expect(run.ask(complete)).toEqual(["step_held b", "checkpoint_created b"]);
    expect(run.ask(complete)).toEqual(["delivery_repeated b"]);
    expect(run.ask({ action: "fail", assignment: "t", reason: "no" })).toBe(
      'the assignment of step "b" is over: the step is running',
    );
    expect([run.state.claimed.size, decide(run.plan, run.state, run.now + 10_000_000).facts]).toEqual([0, []]);
    run.end("a");
    expect(run.view("b")).toMatchObject({ status: "completed", evidence: "reported", output: { n: 1 } });
  });

  it("a held step with verify is verified before the hold begins", () => {
    const config = { agent: "someone", verify: [{ command: "true" }] };
    const run = new SteppedRun(["a FF b"], [{ id: "b", type: "agent", config }]);
    run.ask({ action: "accept", tokens: ["t"], stepId: "b" });
    run.ask({ action: "complete", assignment: "t", output: 1 });
    expect(run.end("b")).toEqual(["checks_ran b", "step_held b", "checkpoint_created b"]);
    run.end("a");
    expect(run.view("b")).toMatchObject({ status: "completed", evidence: "verified", output: 1 });
  });

  it("a briefing names the first five of many steps that a held step waits for", () => {
    const others = [..."acdefgh"];
    const run = new SteppedRun(others.map((id) => `${id} FF b`));
    run.end("b");
    const text = briefing({
      runs: [{ plan: run.plan, state: run.state, now: 0, status: "running", next: "wait" }],
      sessions: [],
      next: "wait",
    });
    expect(text).toContain(
      'b: its work is done; waits for the finish of "a", the finish of "c", the finish of "d", the finish of "e", the finish of "f" and 2 more',
    );
  });
});

it("a step that failed with timeout has no lease that expires", () => {
  const run = new SteppedRun(["a FS c", "b FS c"], [{ id: "a", ...agent, timeout: 50 }]);
  run.ask({ action: "accept", tokens: ["t"], stepId: "a" });
  run.now += 60;
  expect(run.ask({ action: "checkpoint" })).toEqual(["checkpoint_created", "step_failed a timeout"]);
});
