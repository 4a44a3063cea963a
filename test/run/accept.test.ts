import { describe, expect, test } from "vitest";
import { readySteps, viewRun } from "../../src/run/view/view.ts";
import { acceptableSteps } from "../../src/run/worker/accept.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

const HALF_AN_HOUR = 1_800_000;
const worker = (name: string) => ({ worker: name });
const bad = { outcome: "failed", reason: "verification_failed", message: "no" } as const;

describe("handoff accept", () => {
  test("accept leases as many steps as asked for, in the order in which the steps became ready", () => {
    const desk = new Desk([agentStep("a"), agentStep("b"), agentStep("c")]);
    const [a, b] = desk.accept({}, 2);
    expect([desk.step("a").lease?.token, desk.step("b").lease?.token]).toEqual([a, b]);
    desk.ask({ action: "release", assignment: a! });
    expect(readySteps(desk.plan, desk.state).map(({ stepId }) => stepId)).toEqual(["c", "a"]);
    // The order is the same after a new owner reads the state.
    desk.reopen();
    expect(readySteps(desk.plan, desk.state).map(({ stepId }) => stepId)).toEqual(["c", "a"]);
    expect(acceptableSteps(desk.plan, desk.state, {})).toEqual([2, 0]);
  });

  test("a lease lasts 30 minutes or leaseSeconds, and progress renews the lease", () => {
    const desk = new Desk([agentStep("a"), agentStep("b", { leaseSeconds: 0.5 })]);
    const [a, b] = desk.accept({}, 2);
    expect(desk.step("a").lease).toMatchObject({ agent: "ag", expiresAt: desk.now + HALF_AN_HOUR });
    expect(desk.step("b").lease?.expiresAt).toBe(desk.now + 500);
    expect(desk.decision.wakeAt).toBe(desk.now + 500);
    desk.pass(499);
    desk.ask({ action: "progress", assignment: b!, percent: 10, task: "reading" });
    expect(desk.step("b").lease).toMatchObject({ percent: 10, task: "reading", expiresAt: desk.now + 500 });
    desk.ask({ action: "progress", assignment: b! });
    expect(desk.step("b").lease).toMatchObject({ percent: 10, task: "reading" });
    desk.ask({ action: "complete", assignment: a! });
    desk.pass(500);
    expect(desk.statuses).toEqual(["completed", "ready"]);
  });

  test("accept matches agent, skill and needs by name, ignoring case, spaces, hyphens and underscores", () => {
    const performers = {
      "needs:read,write": [
        { kind: "agent" as const, name: "scribe" },
        { kind: "skill" as const, name: "note-taking" },
      ],
    };
    const steps = [agentStep("a", { needs: ["write", "read"] }), agentStep("b", { skill: "deep-search" })];
    const desk = new Desk(
      [...steps, agentStep("c", { needs: ["fly"] }), agentStep("d", { agent: "Code_Reviewer" })],
      [],
      {
        performers,
      },
    );
    expect(readySteps(desk.plan, desk.state).map(({ agent }) => agent)).toEqual([
      "scribe",
      "deep-search",
      "fly",
      "Code_Reviewer",
    ]);
    desk.accept({ agent: "Note Taking" });
    desk.accept({ agent: "Deep_Search" });
    desk.accept({ agent: "code-reviewer" });
    expect(desk.state.steps.map(({ lease }) => lease?.agent)).toEqual([
      "note-taking",
      "deep-search",
      undefined,
      "Code_Reviewer",
    ]);
  });

  test("in sequential mode one agent step is leased at a time, and none while another step runs", () => {
    const steps = [agentStep("a"), { id: "b" }, agentStep("c"), { id: "d", retry: { retries: 1, delay: 50 } }];
    const desk = new Desk(steps, [], { created: { mode: "sequential" } });
    expect(readySteps(desk.plan, desk.state).map(({ stepId }) => stepId)).toEqual(["a"]);
    expect(desk.ask({ action: "accept", tokens: [desk.token()], stepId: "c" })).toEqual({
      reason: "not_ready",
      message: 'step "c" waits for its turn',
    });
    const [a] = desk.accept({}, 3);
    expect(desk.statuses).toEqual(["assigned", "ready", "ready", "ready"]);
    desk.ask({ action: "complete", assignment: a! });
    expect(desk.statuses).toEqual(["completed", "running", "ready", "ready"]);
    desk.end("b");
    desk.accept();
    expect(desk.statuses[2]).toBe("assigned");
    desk.ask({ action: "release", assignment: desk.step("c").lease!.token });
    expect(desk.statuses.slice(2)).toEqual(["ready", "ready"]);
    desk.ask({ action: "complete", assignment: desk.accept()[0]! });
    desk.end("d");
    expect(desk.state.status).toBe("completed");
  });

  test("in sequential mode a step that failed its checks returns to its worker before other steps are offered", () => {
    const steps = [agentStep("a", { verify: [{ command: "x" }] }, { retry: { retries: 1 } }), agentStep("b")];
    const desk = new Desk(steps, [], { created: { mode: "sequential" } });
    desk.ask({ action: "complete", assignment: desk.accept(worker("w"))[0]! });
    desk.end("a", bad);
    expect(acceptableSteps(desk.plan, desk.state, { worker: "w" })).toEqual([0]);
    expect(acceptableSteps(desk.plan, desk.state, { worker: "v" })).toEqual([]);
  });

  test("in sequential mode a command whose retry is due waits while a worker has a step", () => {
    const steps = [{ id: "a", retry: { retries: 1, delay: 50 } }, agentStep("b")];
    const desk = new Desk(steps, [], { created: { mode: "sequential" } });
    desk.fail("a");
    const [b] = desk.accept();
    desk.pass(60);
    expect(desk.statuses).toEqual(["waiting", "assigned"]);
    desk.ask({ action: "complete", assignment: b! });
    expect(desk.statuses).toEqual(["running", "completed"]);
  });

  test("an agent step whose retry is due is offered although all maxParallel slots are taken", () => {
    const steps = [
      { id: "a" },
      { id: "b", retry: { retries: 1, delay: 10 } },
      agentStep("c", {}, { retry: { retries: 1, delay: 20 } }),
    ];
    const desk = new Desk([...steps, { id: "d" }], [], { created: { maxParallel: 2 } });
    desk.fail("b");
    desk.ask({ action: "fail", assignment: desk.accept()[0]!, reason: "no pen" });
    expect(desk.statuses).toEqual(["running", "waiting", "waiting", "running"]);
    expect(desk.decision.wakeAt).toBe(desk.now + 10);
    desk.pass(10);
    expect(desk.decision.wakeAt).toBe(desk.now + 10);
    desk.pass(10);
    expect(desk.statuses).toEqual(["running", "waiting", "ready", "running"]);
  });
});

describe("accept refuses with a reason and a message", () => {
  const refused = (desk: Desk, request: object) => desk.ask({ action: "accept", tokens: [desk.token()], ...request });

  test.each([
    [{ stepId: "z" }, "unknown_step", 'the workflow "test" has no step "z"'],
    [{ stepId: "c" }, "not_ready", 'step "c" is performed by Baton, not by agents'],
    [{ stepId: "b" }, "not_ready", 'step "b" cannot be accepted: it is pending'],
    [{ stepId: "a", agent: "other" }, "not_ready", 'step "a" is for ag, not for other'],
    [{ agent: "other" }, "not_ready", 'no step waits for other now; ready: "a" for ag'],
  ])("accept %j is refused", (request, reason, message) => {
    const desk = new Desk([agentStep("a"), agentStep("b"), { id: "c" }], edges("a → b"));
    expect(refused(desk, request)).toEqual({ reason, message });
  });

  test("accept names the worker of a step and the end of its lease, or says that no step waits for an agent", () => {
    const desk = new Desk([agentStep("a", { verify: [{ command: "x" }] })]);
    const [a] = desk.accept(worker("ann"));
    const [at, until] = [desk.now, desk.now + HALF_AN_HOUR].map((instant) => new Date(instant).toISOString());
    expect(refused(desk, { stepId: "a" })).toMatchObject({
      message: `step "a" cannot be accepted: it is assigned, held by ann since ${at} (last seen ${at}) until ${until}`,
    });
    expect(refused(desk, {})).toMatchObject({ message: "no step waits for an agent now" });
    desk.ask({ action: "complete", assignment: a! });
    expect(refused(desk, { stepId: "a" })).toMatchObject({
      message: `step "a" cannot be accepted: it is reported, held by ann since ${at} (last seen ${at})`,
    });
  });

  test("accept is refused while the run is paused, cancelling or restoring, and no step is ready then", () => {
    const desk = new Desk([agentStep("a"), { id: "b" }]);
    const ready = () => readySteps(desk.plan, desk.state).length;
    desk.ask({ action: "pause" });
    expect(refused(desk, {})).toMatchObject({ reason: "illegal_transition" });
    expect(refused(desk, {})).toMatchObject({ message: expect.stringContaining("Resume it first.") });
    expect(ready()).toBe(0);
    desk.ask({ action: "resume" });
    expect(ready()).toBe(1);
    const checkpoint = desk.state.checkpoints[0]!.id;
    desk.ask({ action: "restore", checkpoint });
    expect(refused(desk, {})).toMatchObject({ reason: "busy" });
    expect(ready()).toBe(0);
    expect(viewRun(desk.plan, desk.state, desk.now).note).toBe(`Being restored to ${checkpoint}.`);
    desk.end("b", bad, "cancel");
    desk.ask({ action: "resume" });
    desk.ask({ action: "cancel" });
    expect(refused(desk, {})).toEqual({ reason: "illegal_transition", message: "the run is being cancelled" });
    expect(ready()).toBe(0);
  });
});

describe("a step whose checks failed, with retries left", () => {
  const returned = (by: object) => {
    const desk = new Desk([agentStep("a", { verify: [{ command: "x" }] }, { retry: { retries: 2 } })]);
    const [token] = desk.accept(by);
    desk.ask({ action: "complete", assignment: token! });
    desk.end("a", bad);
    expect(desk.step("a")).toMatchObject({ status: "assigned", attempt: 2, failures: 1, lease: { token } });
    return { desk, token: token! };
  };

  test("the step stays with its worker, who completes with the same token or accepts again", () => {
    const { desk, token } = returned(worker("ann"));
    expect(acceptableSteps(desk.plan, desk.state, { worker: "bob" })).toEqual([]);
    const [again] = desk.accept(worker("ann"));
    expect(desk.step("a")).toMatchObject({ attempt: 2, lease: { token: again } });
    expect(desk.ask({ action: "complete", assignment: token })).toMatchObject({ reason: "assignment_lost" });
    expect(desk.ask({ action: "complete", assignment: again! })).toContain("step_reported a");
  });

  test("another worker without a name does not get the step unless the request names the stepId", () => {
    const { desk, token } = returned({});
    expect(readySteps(desk.plan, desk.state)).toEqual([]);
    expect(desk.accept()).toEqual([]);
    expect(desk.step("a").lease?.token).toBe(token);
    // A worker that names the stepId gets the step.
    expect(desk.accept({ stepId: "a" })).toHaveLength(1);
  });
});

describe("a lease that expires", () => {
  test("an expired lease offers the step again and uses no retry; the old token is valid until the next accept", () => {
    const desk = new Desk([agentStep("a", { leaseSeconds: 1 })]);
    const [first] = desk.accept();
    desk.pass(1_000);
    expect(desk.step("a")).toMatchObject({ status: "ready", failures: 0, expiries: 1, endedAt: desk.now });
    expect(viewRun(desk.plan, desk.state, desk.now + 5).steps[0]).toMatchObject({ duration: 1_000 });
    desk.ask({ action: "progress", assignment: first! });
    expect(desk.step("a")).toMatchObject({ status: "assigned", attempt: 1 });
    expect(desk.step("a")).not.toHaveProperty("endedAt");
    expect(desk.step("a").lease).not.toHaveProperty("expired");
    desk.pass(1_000);
    const [second] = desk.accept(worker("w"));
    const at = new Date(desk.now).toISOString();
    expect(desk.step("a").attempt).toBe(2);
    expect(desk.ask({ action: "complete", assignment: first! })).toEqual({
      reason: "assignment_lost",
      message: `this assignment of step "a" is no longer valid: the step is assigned, held by w since ${at} (last seen ${at}) until ${new Date(desk.now + 1_000).toISOString()}`,
    });
    desk.ask({ action: "complete", assignment: second!, output: 2 });
    expect(desk.state).toMatchObject({ status: "completed", steps: [{ output: 2, attempt: 2 }] });
  });

  test("a lease no longer expires once the step is delivered", () => {
    const desk = new Desk([agentStep("a", { leaseSeconds: 1 }), agentStep("b", { leaseSeconds: 2 })]);
    const [a] = desk.accept({}, 2);
    desk.ask({ action: "complete", assignment: a! });
    expect(desk.decision.wakeAt).toBe(desk.now + 2_000);
    desk.pass(1_500);
    expect(desk.statuses).toEqual(["completed", "assigned"]);
  });

  test("the fifth expiry in a row fails the step with lease_expired; any message of a worker resets the count", () => {
    const desk = new Desk([agentStep("a", { leaseSeconds: 1 }, { retry: { retries: 9 } })]);
    const letLeasesExpire = (times: number) => {
      for (let n = 0; n < times; n++) {
        desk.accept(worker(`w${n}`));
        desk.pass(1_000);
      }
    };
    letLeasesExpire(4);
    desk.ask({ action: "release", assignment: desk.accept()[0]! });
    letLeasesExpire(4);
    desk.ask({ action: "transfer", assignment: desk.accept()[0]!, to: { kind: "agent", name: "ag" } });
    letLeasesExpire(3);
    const [late] = desk.accept();
    desk.pass(1_000);
    desk.ask({ action: "progress", assignment: late! });
    desk.pass(1_000);
    letLeasesExpire(3);
    desk.ask({ action: "fail", assignment: desk.accept()[0]!, reason: "no pen" });
    desk.pass(1_000);
    letLeasesExpire(4);
    expect(desk.step("a").status).toBe("ready");
    letLeasesExpire(1);
    expect(desk.step("a")).toMatchObject({
      status: "failed",
      error: {
        reason: "lease_expired",
        message: "5 workers in a row accepted the step and let its lease expire; the last was w0",
        hint: 'Raise its leaseSeconds, or let workers extend the lease with handoff {action: "progress"}.',
      },
    });
  });

  test("the fifth expiry in a row gives the step to the fallback, which has its own count", () => {
    const desk = new Desk([agentStep("a", { leaseSeconds: 1, fallback: [{ agent: "other" }] })]);
    for (let n = 0; n < 5; n++) {
      desk.accept();
      desk.pass(1_000);
    }
    expect(readySteps(desk.plan, desk.state)).toMatchObject([{ agent: "other" }]);
    expect(desk.step("a")).toMatchObject({ failures: 0, fallback: 1, attempt: 5 });
    for (let n = 0; n < 4; n++) {
      desk.accept();
      desk.pass(1_000);
    }
    expect(desk.step("a").status).toBe("ready");
  });

  test("a lease also expires while the run is paused", () => {
    const desk = new Desk([agentStep("a", { leaseSeconds: 1 })]);
    desk.accept();
    desk.ask({ action: "pause" });
    desk.pass(1_000);
    expect(desk.statuses).toEqual(["ready"]);
  });
});

test("viewRun shows who holds each step, until when, its progress, and which steps are ready", () => {
  const steps = [agentStep("a", { verify: [{ command: "x" }] }), agentStep("b"), agentStep("c"), { id: "d" }];
  const desk = new Desk([...steps, agentStep("e", { prompt: "y".repeat(300) })], edges("a → c", "b → c", "c → d"));
  const [a, b] = desk.accept({ worker: "ann" }, 2);
  desk.ask({ action: "complete", assignment: a! });
  desk.ask({ action: "progress", assignment: b!, percent: 30, task: "reading" });
  const view = viewRun(desk.plan, desk.state, desk.now + 7);
  const at = new Date(desk.now).toISOString();
  const expiresAt = new Date(desk.now + HALF_AN_HOUR).toISOString();
  const heldBy = { worker: "ann", since: at, lastSeen: at, expiresAt };
  const of = { attempt: 1, startTime: at, elapsed: 7, agent: "ag", worker: "ann", heldBy };
  expect(view.activeSteps).toEqual([
    { id: "a", name: "a", status: "reported", ...of },
    {
      ...{ id: "b", name: "b", status: "assigned", ...of, percent: 30, task: "reading", assignment: b },
      expiresAt,
    },
  ]);
  expect(view.nextSteps.map(({ id }) => id)).toEqual(["c", "e"]);
  expect(view.ready).toEqual([
    { workflowId: "wf_0123456789", stepId: "e", agent: "ag", summary: `${"y".repeat(119)}…` },
  ]);
  expect(view.steps[1]).toMatchObject({ status: "assigned", agent: "ag", worker: "ann" });
});

describe("timeout of an agent step", () => {
  test("timeout limits each attempt, however long the lease, and fails the step with reason timeout", () => {
    const desk = new Desk([agentStep("a", {}, { timeout: 100, retry: { retries: 1, delay: 10 } })]);
    const [first] = desk.accept(worker("ann"));
    desk.pass(60);
    desk.ask({ action: "progress", assignment: first! });
    desk.pass(40);
    expect(desk.step("a")).toMatchObject({
      status: "waiting",
      failures: 1,
      error: { reason: "timeout", message: "ann did not deliver within the timeout of 100 ms" },
    });
    desk.pass(10);
    expect(desk.statuses).toEqual(["ready"]);
    desk.accept();
    desk.pass(99);
    expect(desk.statuses).toEqual(["assigned"]);
    desk.pass(1);
    expect(desk.state.status).toBe("failed");
  });
});
