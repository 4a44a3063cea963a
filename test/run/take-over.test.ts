import { describe, expect, test } from "vitest";
import type { TakeOver } from "../../src/model/message.ts";
import { lastSeenOf, MIN_RENEWAL_INTERVAL_MS, signOfLife } from "../../src/run/worker/lease.ts";
import { mayTakeOver } from "../../src/run/worker/take-over.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";

const TEN_MINUTES = 600_000;
const iso = (at: number) => new Date(at).toISOString();
const over = (rest: Partial<TakeOver> = {}): TakeOver => ({ reason: "it crashed", quietMs: TEN_MINUTES, ...rest });
const held = (config: object = {}) => {
  const desk = new Desk([agentStep("a", config)]);
  const [token] = desk.accept({ worker: "ann" });
  return { desk, token: token! };
};
const take = (desk: Desk, takeOver: TakeOver, worker = "bob") =>
  desk.ask({ action: "accept", tokens: [desk.token()], stepId: "a", worker, takeOver });

describe("taking over a held step", () => {
  test("its worker's token allows it at once; the old token is told why and by whom", () => {
    const { desk, token } = held();
    desk.ask({ action: "progress", assignment: token, task: "half of it" });
    desk.pass(1_000);
    expect(take(desk, over({ assignment: token }))).toEqual(["step_taken_over a", "step_assigned a"]);
    expect(desk.step("a")).toMatchObject({ status: "assigned", attempt: 2, lease: { worker: "bob" } });
    expect(desk.state.log).toMatchObject([
      {
        attempt: 1,
        status: "taken_over",
        reason: "taken_over",
        message: "it crashed",
        worker: "ann",
        said: ["half of it"],
      },
    ]);
    expect(desk.ask({ action: "complete", assignment: token, output: 1 })).toEqual({
      reason: "assignment_lost",
      message: `step "a" was taken over by bob at ${iso(desk.now)}, because: it crashed. This assignment delivers nothing any more`,
    });
    // Of two workers that want the step, one gets it.
    expect(take(desk, over({ assignment: token }), "cid")).toMatchObject({
      reason: "not_ready",
      message: expect.stringContaining("this is not its assignment"),
    });
    desk.ask({ action: "complete", assignment: desk.step("a").lease!.token, output: 2 });
    expect(desk.step("a")).toMatchObject({ status: "completed", output: 2 });
  });

  test("without the token, only once the worker has been silent for longer than the limit", () => {
    const { desk, token } = held();
    const seen = desk.now;
    expect(mayTakeOver(desk.step("a"), TEN_MINUTES, seen + TEN_MINUTES)).toBe(false);
    expect(take(desk, over())).toEqual({
      reason: "not_ready",
      message: `step "a" cannot be taken over, held by ann since ${iso(seen)} (last seen ${iso(seen)}) until ${iso(seen + 1_800_000)}: without its token it can be taken over after ${iso(seen + TEN_MINUTES)}, if its worker gives no sign of life until then; with its token, as assignment, at once`,
    });
    const wrong = take(desk, over({ assignment: desk.token() }));
    expect(wrong).toMatchObject({ message: expect.stringContaining("this is not its assignment") });
    desk.pass(TEN_MINUTES);
    desk.ask({ action: "note", assignment: token, notes: [{ text: "still here" }] });
    expect(lastSeenOf(desk.step("a"))).toBe(desk.now);
    desk.pass(TEN_MINUTES);
    expect(take(desk, over())).toMatchObject({ reason: "not_ready" });
    desk.pass(1);
    expect(mayTakeOver(desk.step("a"), TEN_MINUTES, desk.now)).toBe(true);
    expect(take(desk, over())).toEqual(["step_taken_over a", "step_assigned a"]);
  });

  test("a person at a terminal may at once, and a worker without a name is named as such", () => {
    const { desk, token } = held();
    const [mine] = desk.accept({ stepId: "a", takeOver: over({ terminal: true }) });
    expect(desk.step("a").lease).toMatchObject({ token: mine });
    expect(desk.ask({ action: "release", assignment: token })).toMatchObject({
      message: expect.stringContaining("was taken over by another worker"),
    });
  });

  test("never while a runner is at work, not even with its token", () => {
    const desk = new Desk([agentStep("a")]);
    const [token] = desk.accept({ stepId: "a", worker: "runner:fake", runner: true });
    desk.pass(120_000);
    expect(take(desk, over({ assignment: token!, terminal: true }))).toMatchObject({
      reason: "not_ready",
      message: expect.stringContaining("its runner is at work"),
    });
    desk.pass(1);
    expect(take(desk, over({ assignment: token! }))).toEqual(["step_taken_over a", "step_assigned a"]);
  });

  test("not while Baton checks the delivery, and not as an agent that the step is not for", () => {
    const { desk, token } = held({ verify: [{ command: "x" }] });
    const takeOver = over({ assignment: token });
    expect(desk.ask({ action: "accept", tokens: [desk.token()], stepId: "a", agent: "cook", takeOver })).toEqual({
      reason: "not_ready",
      message: 'step "a" is for ag, not for cook',
    });
    desk.ask({ action: "complete", assignment: token });
    expect(take(desk, takeOver)).toEqual({
      reason: "not_ready",
      message: 'step "a" cannot be taken over: it is delivered, and Baton is checking it',
    });
    desk.pass(TEN_MINUTES + 1);
    desk.end("a", { outcome: "failed", reason: "verification_failed", message: "no" });
    expect(desk.step("a").status).toBe("failed");
  });

  test("a step that came back after its checks leaves its worker as much time as any", () => {
    const desk = new Desk([agentStep("a", { verify: [{ command: "x" }] }, { retry: { retries: 1, delay: 0 } })]);
    const [token] = desk.accept({ worker: "ann" });
    desk.ask({ action: "complete", assignment: token! });
    desk.pass(2 * TEN_MINUTES);
    desk.end("a", { outcome: "failed", reason: "verification_failed", message: "no" });
    expect(mayTakeOver(desk.step("a"), TEN_MINUTES, desk.now + TEN_MINUTES)).toBe(false);
    expect(mayTakeOver(desk.step("a"), TEN_MINUTES, desk.now + TEN_MINUTES + 1)).toBe(true);
  });

  test("counts as no expiry, and a step that nobody holds is accepted like any other", () => {
    const { desk, token } = held({ leaseSeconds: 1 });
    desk.pass(1_000);
    expect(desk.step("a").expiries).toBe(1);
    expect(take(desk, over())).toEqual(["step_assigned a"]);
    take(desk, over({ assignment: desk.step("a").lease!.token }), "cid");
    expect(desk.step("a")).toMatchObject({ expiries: 1, attempt: 3, lease: { worker: "cid" } });
    expect(desk.ask({ action: "complete", assignment: token })).toMatchObject({ reason: "assignment_lost" });
  });

  test("the request comes again and leases nothing more; its token is what counts", () => {
    const { desk, token } = held();
    const request = {
      action: "accept",
      tokens: [desk.token()],
      stepId: "a",
      takeOver: over({ assignment: token }),
    } as const;
    desk.ask({ ...request, tokens: [...request.tokens] }, "m");
    expect(desk.ask({ ...request, tokens: [...request.tokens] }, "m")).toEqual([]);
    expect(desk.step("a").attempt).toBe(2);
  });

  test("a write torn behind the take-over leaves the step to be accepted by the same request", () => {
    const { desk, token } = held();
    desk.commit([{ type: "step_taken_over", step: "a", attempt: 1, reason: "gone", by: "bob" }], "m");
    desk.takeOver();
    const again = { action: "accept" as const, tokens: [desk.token()], stepId: "a", worker: "bob" };
    expect(desk.ask({ ...again, takeOver: over({ assignment: token }) }, "m")).toEqual(["step_assigned a"]);
  });

  test("is refused while the run is paused", () => {
    const { desk, token } = held();
    desk.ask({ action: "pause" });
    expect(take(desk, over({ assignment: token }))).toMatchObject({ reason: "illegal_transition" });
  });
});

describe("signs of life", () => {
  test("a refused call of the worker renews its lease, at most once a minute", () => {
    const { desk, token } = held({ output: { type: "object" } });
    const life = (at = desk.now) => signOfLife(desk.plan, desk.state, token, at);
    expect(life()).toEqual([]);
    const at = desk.now + MIN_RENEWAL_INTERVAL_MS;
    expect(life(at)).toEqual([{ type: "step_progressed", step: "a", attempt: 1, expiresAt: at + 1_800_000 }]);
    desk.pass(MIN_RENEWAL_INTERVAL_MS);
    desk.fold(...life());
    expect(desk.step("a").lease).toMatchObject({ lastSeen: desk.now, expiresAt: desk.now + 1_800_000 });
    expect(signOfLife(desk.plan, desk.state, desk.token(), desk.now)).toEqual([]);
  });

  test("a former worker, a delivered step and a stopping run show none", () => {
    const { desk, token } = held({ verify: [{ command: "x" }] });
    const life = (token: string) => signOfLife(desk.plan, desk.state, token, desk.now + MIN_RENEWAL_INTERVAL_MS);
    take(desk, over({ assignment: token }));
    const mine = desk.step("a").lease!.token;
    expect([life(token).length, life(mine).length]).toEqual([0, 1]);
    desk.ask({ action: "complete", assignment: mine });
    expect(life(mine)).toEqual([]);
    desk.ask({ action: "cancel" });
    expect(life(mine)).toEqual([]);
  });

  test("a journal without instants of life tells the start of the attempt", () => {
    const { desk } = held();
    const { lastSeen: _, ...lease } = desk.step("a").lease!;
    expect(lastSeenOf({ ...desk.step("a"), lease })).toBe(desk.step("a").startedAt);
    expect(lastSeenOf(new Desk([agentStep("a")]).step("a"))).toBe(0);
  });
});
