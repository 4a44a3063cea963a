import { describe, expect, test } from "vitest";
import { growStep, growSyntax } from "../../src/engine/steps/grow.ts";
import type { StepType } from "../../src/model/contracts/step.ts";
import type { AppendFailure, Store } from "../../src/model/contracts/store.ts";
import { err, ok } from "../../src/model/data/result.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { assignmentIdFrom } from "../../src/model/ids.ts";
import type { Workflow } from "../../src/model/workflow.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { FileError } from "../../src/system/file.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";
import { rigEngine, Stage, workflowOf } from "../rig/engine.ts";
import { created, edges } from "../rig/rules/workflow.ts";
import { settled, VirtualScheduler } from "../rig/scheduler.ts";

const message = (id: string, action: "pause" | "resume" | "cancel" | "restart", stepId?: string) => ({
  id,
  action,
  ...(stepId && { stepId }),
});

/** Wraps a store: queued failures make its next writes fail, and `log` records every journal write and sync. */
function watched(store: Store) {
  const noted: { failures: (AppendFailure | undefined)[]; log: string[] } = { failures: [], log: [] };
  const wrapped: Store = {
    ...store,
    journal(id, lease) {
      const journal = store.journal(id, lease);
      return {
        ...journal,
        append(events: readonly JournalEvent[]) {
          const failure = noted.failures.shift();
          if (failure) return err(failure);
          noted.log.push(`append ${events.map(({ type }) => type).join("+")}`);
          return journal.append(events);
        },
        async sync() {
          noted.log.push("sync");
          await new Promise(setImmediate);
          noted.log.push("synced");
        },
      };
    },
  };
  return { ...noted, store: wrapped };
}

test("an orderly exit writes owner_left, even if only a runner was active", async () => {
  const one = rigEngine();
  const config = { agent: "ag", runner: { name: "r" } };
  const id = await one.start(workflowOf([{ id: "a", type: "agent", config }]));
  const token = `as_${id.slice(3)}000000000000`;
  const accept = { id: "m1", action: "accept" as const, tokens: [token], runner: true, worker: "runner:r" };
  expect(await one.engine.send(id, accept, true)).toEqual(ok(undefined));
  one.engine.abandonAll();
  const two = rigEngine({ store: one.store, scheduler: one.scheduler });
  await two.engine.adopt(id);
  expect(two.types(id).slice(-3)).toEqual(["owner_left", "lease_taken", "step_interrupted a"]);
  expect((await two.engine.observe(id))!.state.steps[0]).toMatchObject({ status: "ready", crashes: 0 });
});

describe("an owned run", () => {
  test("an owner journals events before acting, and observations before decisions", async () => {
    const { store, log } = watched(createMemoryStore());
    const rig = rigEngine({ store });
    const original = rig.stage.type.perform;
    rig.stage.type.perform = (job, report, context) => {
      log.push(`perform ${job.stepId}`);
      return original(job, report, context);
    };
    const id = await rig.start(workflowOf([{ id: "a" }, { id: "b" }, { id: "c" }], edges("a → c", "b → c")));
    rig.stage.end("a.1");
    rig.stage.end("b.1");
    expect(log).toEqual([
      "append step_started+step_started",
      "perform a",
      "perform b",
      "append step_completed",
      "append step_completed",
      "append step_started",
      "perform c",
    ]);
    rig.stage.end("c.1");
    expect((await rig.engine.observe(id))!.state.status).toBe("completed");
    expect(rig.engine.ownedLoops()).toEqual([]);
  });

  test("with durability power, an owner acts and answers only after a sync", async () => {
    const { store, log } = watched(createMemoryStore());
    const rig = rigEngine({ store });
    const id = await rig.start(workflowOf([{ id: "a" }, { id: "b" }], edges("a → b")), { durability: "power" });
    expect(rig.stage.started).toEqual([]);
    await settled();
    expect(rig.stage.started).toEqual(["a.1"]);
    const answer = await rig.engine.send(id, message("m1", "pause"), true).then(() => log.push("answered"));
    await answer;
    expect(log).toEqual([
      "append step_started",
      "sync",
      "synced",
      "append run_paused+checkpoint_created",
      "sync",
      "synced",
      "answered",
    ]);
  });

  test("a retry delay survives a change of owner", async () => {
    const one = rigEngine();
    const id = await one.start(workflowOf([{ id: "a", retry: { retries: 3, delay: 1_000, multiplier: 2 } }]));
    one.stage.fail("a.1");
    await one.scheduler.pass(999);
    expect(one.stage.started).toEqual(["a.1"]);
    await one.scheduler.pass(1);
    expect(one.stage.started).toEqual(["a.1", "a.2"]);
    one.stage.fail("a.2");
    one.engine.abandonAll();

    const two = rigEngine({ store: one.store, scheduler: one.scheduler });
    await one.scheduler.pass(500);
    expect((await two.engine.adopt(id)).ok).toBe(true);
    await one.scheduler.pass(1_499);
    expect(two.stage.started).toEqual([]);
    await one.scheduler.pass(1);
    expect(two.stage.started).toEqual(["a.3"]);
    two.stage.end("a.3");
    expect((await two.engine.observe(id))!.state.status).toBe("completed");
  });

  test("an owned run keeps its time when the system clock is set back", async () => {
    const rig = rigEngine({ scheduler: new VirtualScheduler(50_000_000) });
    const id = await rig.start(workflowOf([{ id: "a", retry: { retries: 1, delay: 1_000 } }]));
    rig.stage.fail("a.1");
    rig.scheduler.set(10_000_000);
    await rig.scheduler.pass(999);
    expect(rig.stage.started).toEqual(["a.1"]);
    await rig.scheduler.pass(1);
    expect(rig.stage.started).toEqual(["a.1", "a.2"]);
    const instants = rig.events(id).map(({ at }) => at);
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
  });

  test("a scheduler set forward does not count as elapsed time of a step", async () => {
    const HOURS = 5 * 3_600_000;
    const rig = rigEngine({ scheduler: new VirtualScheduler(50_000_000) });
    const agent = { id: "w", type: "agent", config: { agent: "x", leaseSeconds: 1_800 } };
    const id = await rig.start(workflowOf([{ id: "a", timeout: 10_000 }, agent]));
    const token = assignmentIdFrom(id, new Uint8Array(12));
    await rig.engine.send(id, { id: "m1", action: "accept", tokens: [token] }, true);
    await rig.scheduler.pass(2_000);
    rig.scheduler.set(rig.scheduler.now() + HOURS);
    await rig.scheduler.pass(100);
    // Deadlines at a time of day, such as a lease's, have passed. The next message makes the loop see that.
    await rig.engine.send(id, message("m2", "pause"), true);
    const { state } = (await rig.engine.observe(id))!;
    expect(rig.stage.stopped).toEqual([]);
    expect(state.steps[1]!.lease!.expired).toBe(true);
    rig.stage.end("a.1");
    const { startedAt, endedAt } = (await rig.engine.observe(id))!.state.steps[0]!;
    expect(endedAt! - startedAt!).toBe(2_100);
    expect(endedAt).toBeGreaterThan(50_000_000 + HOURS);
  });

  test("an owner misses no deadline that passes during a round", async () => {
    // A scheduler that moves on by 1 ms with every read.
    class Ticking extends VirtualScheduler {
      override now(): number {
        this.set(super.now() + 1);
        return super.now();
      }
    }
    for (let timeout = 1; timeout < 40; timeout++) {
      const rig = rigEngine({ scheduler: new Ticking() });
      await rig.start(workflowOf([{ id: "a", timeout, retry: { retries: 1, delay: timeout } }]));
      for (let turn = 0; turn < 100 && rig.stage.stopped.length < 1; turn++) await rig.scheduler.pass(1);
      expect(rig.stage.stopped).toEqual(["a.1"]);
      rig.stage.end("a.1");
      for (let turn = 0; turn < 100 && rig.stage.started.length < 2; turn++) await rig.scheduler.pass(1);
      expect(rig.stage.started).toEqual(["a.1", "a.2"]);
      rig.engine.abandonAll();
    }
  });

  test("a step whose time is up before its start has ended is stopped all the same", async () => {
    const scheduler = new VirtualScheduler();
    const stopped: string[] = [];
    const slow: StepType = {
      ...new Stage().type,
      perform(job, report) {
        scheduler.waste(100);
        report({ kind: "spawned", pid: 1, started: "1" });
        return { stop: () => void stopped.push(job.stepId), abandon() {} };
      },
    };
    const schedule = (work: () => void) => scheduler.defer(work);
    const rig = rigEngine({ scheduler, schedule, steps: new Map([["command", slow]]) });
    await rig.start(workflowOf([{ id: "a", timeout: 50 }]));
    await settled();
    expect(stopped).toEqual(["a"]);
  });

  test("an owner stops a step at its timeout, and retries with a full timeout", async () => {
    const rig = rigEngine();
    const id = await rig.start(workflowOf([{ id: "a", timeout: 100, retry: { retries: 1, delay: 10 } }]));
    await rig.scheduler.pass(100);
    expect(rig.stage.stopped).toEqual(["a.1"]);
    rig.stage.end("a.1");
    await rig.scheduler.pass(10);
    expect(rig.stage.started).toEqual(["a.1", "a.2"]);
    await rig.scheduler.pass(99);
    rig.stage.end("a.2");
    expect((await rig.engine.observe(id))!.state.steps[0]).toMatchObject({ status: "completed", attempt: 2 });
  });

  test("an owner applies a message once, however often the message is delivered", async () => {
    const rig = rigEngine();
    const id = await rig.start(workflowOf([{ id: "a" }]));
    expect(await rig.engine.send(id, message("m1", "pause"), true)).toEqual(ok(undefined));
    expect(await rig.engine.send(id, message("m2", "resume"), true)).toEqual(ok(undefined));
    expect(await rig.engine.send(id, message("m1", "pause"), true)).toEqual(ok(undefined));
    expect(rig.types(id).filter((type) => type === "run_paused")).toHaveLength(1);
    expect((await rig.engine.observe(id))!.state.status).toBe("running");
  });

  test("a restart from a step runs that step and its descendants again", async () => {
    const rig = rigEngine();
    const id = await rig.start(
      workflowOf([{ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }], edges("a → b", "b → c")),
    );
    for (const name of ["a.1", "d.1", "b.1", "c.1"]) rig.stage.end(name);
    expect(await rig.engine.send(id, message("m1", "restart", "b"), true)).toEqual(ok(undefined));
    expect(rig.stage.started.slice(4)).toEqual(["b.2"]);
    const busy = await rig.engine.send(id, message("m2", "restart"), true);
    expect(busy).toMatchObject({ ok: false, error: { reason: "illegal_transition" } });
    rig.stage.end("b.2");
    rig.stage.end("c.2");
    expect((await rig.engine.observe(id))!.state.status).toBe("completed");
    const unknown = await rig.engine.send(id, message("m3", "restart", "nope"), true);
    expect(unknown).toMatchObject({
      ok: false,
      error: { reason: "unknown_step", message: 'the workflow "test" has no step "nope"' },
    });
  });

  test("fails a step without retries when its template refers to a missing value", async () => {
    const rig = rigEngine();
    const id = await rig.start(
      workflowOf([{ id: "a" }, { id: "b", command: "echo {{steps.a.output.missing}}", retry: { retries: 5 } }]),
    );
    rig.stage.end("a.1", { outcome: "completed", output: { there: 1 } });
    expect(rig.stage.started).toEqual(["a.1"]);
    expect((await rig.engine.observe(id))!.state.steps[1]).toMatchObject({
      status: "failed",
      attempt: 1,
      error: { reason: "expression_error" },
    });
  });
});

describe("an owner that cannot write", () => {
  const full: AppendFailure = { reason: "disk_full", message: "The disk is full" };

  test("an owner with a full disk refuses messages and keeps observations", async () => {
    const { store, failures } = watched(createMemoryStore());
    const rig = rigEngine({ store });
    const id = await rig.start(workflowOf([{ id: "a" }, { id: "b" }], edges("a → b")));
    failures.push(full, full, full);
    rig.stage.end("a.1");
    expect(await rig.engine.observe(id)).toMatchObject({
      problem: { kind: "disk_full" },
      state: { steps: [{ status: "running" }, {}] },
    });
    expect(await rig.engine.send(id, message("m1", "cancel"), true)).toEqual(err(full));
    expect(rig.stage.started).toEqual(["a.1"]);
    await rig.scheduler.pass(1_000);
    await rig.scheduler.pass(1_000);
    expect(rig.stage.started).toEqual(["a.1", "b.1"]);
    expect((await rig.engine.observe(id))!.problem).toBeUndefined();
    expect(rig.types(id)).toEqual(["run_created", "step_started a", "step_completed a", "step_started b"]);
    rig.stage.end("b.1");
    expect((await rig.engine.observe(id))!.state.status).toBe("completed");
  });

  test("an owner repeats an unwritten decision once there is disk space", async () => {
    const { store, failures } = watched(createMemoryStore());
    const rig = rigEngine({ store });
    const id = await rig.start(workflowOf([{ id: "a" }, { id: "b" }], edges("a → b")));
    failures.push(undefined, full);
    rig.stage.end("a.1");
    expect(await rig.engine.observe(id)).toMatchObject({
      problem: { kind: "disk_full" },
      state: { steps: [{ status: "completed" }, { status: "ready" }] },
    });
    await rig.scheduler.pass(1_000);
    expect((await rig.engine.observe(id))!.problem).toBeUndefined();
    expect(rig.stage.started).toEqual(["a.1", "b.1"]);
  });

  test("a step whose log cannot be written waits, and can be cancelled", async () => {
    const stage = new Stage();
    let refused = 2;
    const perform: typeof stage.type.perform = (...given) => {
      if (refused-- > 0) throw new FileError("unreadable", "EROFS: read-only file system", "EROFS");
      return stage.type.perform(...given);
    };
    const rig = rigEngine({ steps: new Map([["command", { ...stage.type, perform }]]) });
    const id = await rig.start(workflowOf([{ id: "a" }]));
    expect(await rig.engine.observe(id)).toMatchObject({
      problem: { kind: "io_error", message: expect.stringContaining("EROFS") },
      state: { steps: [{ status: "running", attempt: 1 }] },
    });
    await rig.scheduler.pass(1_000);
    expect(stage.started).toEqual([]);
    await rig.scheduler.pass(1_000);
    expect(stage.started).toEqual(["a.1"]);
    expect((await rig.engine.observe(id))!.problem).toBeUndefined();

    refused = Number.POSITIVE_INFINITY;
    const other = await rig.start(workflowOf([{ id: "a" }]));
    expect(await rig.engine.send(other, message("m1", "cancel"), true)).toEqual(ok(undefined));
    expect((await rig.engine.observe(other))!.state.status).toBe("cancelled");
  });

  test("an expansion that cannot be written is undone in the plan", async () => {
    const { store, failures } = watched(createMemoryStore());
    const stage = new Stage();
    const syntax = [stage.type, growSyntax];
    const steps = new Map([stage.type, growStep(syntax, 100)].map((type) => [type.type, type]));
    const rig = rigEngine({ store, steps, syntax });
    const grow = { id: "b", type: "grow", from: [{ n: 1 }, { n: 2 }], step: { command: "echo {{item.n}}" } };
    const value = { name: "w", steps: [{ id: "a", command: "true" }, grow], dependencies: [{ from: "a", to: "b" }] };
    const parsed = parseWorkflow({ value }, { stepTypes: syntax, maxSteps: 100 });
    const id = await rig.start((parsed as { value: { workflow: Workflow } }).value.workflow);
    // The writes are the end of the first step, the start of the second, then the expansion.
    failures.push(undefined, undefined, full);
    stage.end("a.1");
    await rig.scheduler.pass(0);
    const look = async () => (await rig.engine.observe(id))!;
    expect(await look()).toMatchObject({
      problem: { kind: "disk_full" },
      plan: { stepCount: 2 },
      state: { growths: [] },
    });
    await rig.scheduler.pass(1_000);
    expect((await look()).plan.stepCount).toBe(4);
    expect(stage.started).toEqual(["a.1", "b.0.1", "b.1.1"]);
    for (const name of ["b.0.1", "b.1.1"]) stage.end(name);
    expect((await look()).state.status).toBe("completed");
  });

  test("an owner gives up the run when it cannot undo a partial write", async () => {
    const { store, failures } = watched(createMemoryStore());
    const rig = rigEngine({ store });
    const id = await rig.start(workflowOf([{ id: "a" }]));
    failures.push({ reason: "lost", message: "halfway" });
    rig.stage.end("a.1");
    expect(rig.engine.ownedLoops()).toEqual([]);
    expect(rig.engine.canAdopt(id)).toBe(true);
  });
});

describe("two owners", () => {
  test("a late adopter does not change a run that another owner has finished", async () => {
    const one = rigEngine();
    const id = await one.start(workflowOf([{ id: "a" }]));
    one.stage.end("a.1");
    await settled();
    const { rev, status } = (await one.engine.observe(id))!.state;
    expect(status).toBe("completed");
    const two = rigEngine({ store: one.store, scheduler: one.scheduler });
    const ended = `another process took over the run ${id} and finished it`;
    expect(await two.engine.adopt(id)).toEqual({ ok: false, error: { reason: "owned", message: ended } });
    expect((await two.engine.observe(id))!.state.rev).toBe(rev);
  });

  test("an owner that lost the run starts nothing, and its events do not count", async () => {
    const one = rigEngine();
    const id = await one.start(workflowOf([{ id: "a" }, { id: "b" }], edges("a → b")));
    const two = rigEngine({ store: one.store, scheduler: one.scheduler });
    expect(await two.engine.adopt(id)).toMatchObject({ ok: false, error: { reason: "owned" } });
    expect((await two.engine.adopt(id, { fromEpoch: 1 })).ok).toBe(true);
    one.stage.end("a.1");
    expect(one.stage.started).toEqual(["a.1"]);
    expect(one.engine.ownedLoops()).toEqual([]);
    expect(two.stage.started).toEqual(["a.2"]);
    two.stage.end("a.2");
    two.stage.end("b.1");
    for (const { engine } of [one, two])
      expect((await engine.observe(id))!.state).toMatchObject({
        status: "completed",
        steps: [{ attempt: 2 }, { attempt: 1 }],
      });
    expect((await one.engine.observe(id))!.state.rev).toBe((await two.engine.observe(id))!.state.rev);
  });

  test("the third crash during a step fails it; orderly exits do not count", async () => {
    let rig = rigEngine();
    const id = await rig.start(workflowOf([{ id: "a" }]));
    const crash = async () => {
      rig = rigEngine({ store: rig.store, scheduler: rig.scheduler });
      await rig.engine.adopt(id, { fromEpoch: rig.store.lease(id).epoch });
    };
    const leave = async () => {
      rig.engine.abandonAll();
      await crash();
    };
    await crash();
    for (let n = 0; n < 5; n++) await leave();
    await crash();
    expect((await rig.engine.observe(id))!.state.steps[0]).toMatchObject({ status: "running", crashes: 2, attempt: 8 });
    await crash();
    expect((await rig.engine.observe(id))!.state.steps[0]).toMatchObject({
      status: "failed",
      error: { reason: "crashed" },
    });
  });

  test("a defect that breaks one run does not stop other runs", async () => {
    const rig = rigEngine();
    const fine = await rig.start(workflowOf([{ id: "a" }]));
    const id = await rig.start(workflowOf([{ id: "b" }]));
    (await rig.engine.observe(id))!.state.steps[0]!.status = "completed";
    rig.stage.end("b.1");
    expect(rig.logged.join()).toContain(`run ${id}: Baton does not execute it`);
    expect(rig.engine.canAdopt(id)).toBe(false);
    rig.stage.end("a.1");
    expect((await rig.engine.observe(fine))!.state.status).toBe("completed");
  });
});

describe("a snapshot", () => {
  test("an owner that loses the run stores no snapshot", async () => {
    const inner = createMemoryStore();
    let steal = false;
    const store: Store = {
      ...inner,
      size(id) {
        // Between the owner's last check of its lease and its read of the journal's size.
        if (steal) {
          steal = false;
          const lease = inner.acquire(id, 2)!;
          inner.journal(id, lease).append([{ at: 9_000_000, epoch: 2, type: "lease_taken", pid: 2 }]);
        }
        return inner.size(id);
      },
    };
    const rig = rigEngine({ store, snapshotEvery: 2 });
    const id = await rig.start(workflowOf([{ id: "a" }, { id: "b" }], edges("a → b")));
    steal = true;
    rig.stage.end("a.1");
    expect(steal).toBe(false);
    expect(await store.snapshots.get(id)).toBeUndefined();
  });
});

describe("a run of a newer format", () => {
  test("a run of a newer format can be observed, but not adopted", async () => {
    const rig = rigEngine();
    const id = "wf_0123456789";
    const store: Store = {
      ...rig.store,
      read(id, from) {
        const page = rig.store.read(id, from);
        return page && { ...page, problems: [{ kind: "newer_format", offset: 0, message: "written in format 2" }] };
      },
    };
    rig.store
      .create(id, { workflow: workflowOf([{ id: "a" }]), parameters: {}, context: {} }, [{ ...created(), format: 2 }])!
      .release();
    const reader = rigEngine({ store, scheduler: rig.scheduler });
    expect(await reader.engine.observe(id)).toMatchObject({
      problem: { kind: "newer_format" },
      state: { steps: [{ status: "ready" }] },
    });
    expect(await reader.engine.adopt(id)).toMatchObject({
      ok: false,
      error: { reason: "newer_format", message: "written in format 2" },
    });
    expect(await store.lease(id)).toEqual({ state: "free", epoch: 1 });
  });
});

describe("a run with a long journal", () => {
  test("an owner stores snapshots, and the next owner starts from the latest", async () => {
    const rig = rigEngine({ snapshotEvery: 4 });
    const id = await rig.start(workflowOf([{ id: "a" }, { id: "b" }, { id: "c" }], edges("a → b", "b → c")));
    rig.stage.end("a.1");
    rig.stage.end("b.1");
    rig.engine.abandonAll();
    expect(rig.store.snapshots.get(id)!.position.offset).toBeGreaterThan(3);
    const next = rigEngine({ store: rig.store, scheduler: rig.scheduler });
    await next.engine.adopt(id);
    expect(next.stage.started).toEqual(["c.2"]);
    next.stage.end("c.2");
    expect((await next.engine.observe(id))!.state).toMatchObject({
      status: "completed",
      steps: [{ attempt: 1 }, { attempt: 1 }, { attempt: 2 }],
    });
  });
});

test("an explicit adoption of a broken run makes the run adoptable again", async () => {
  const memory = createMemoryStore({ now: () => 0 });
  let broken = false;
  const store: Store = {
    ...memory,
    journal(id, lease) {
      const journal = memory.journal(id, lease);
      const append: typeof journal.append = (events) => {
        if (broken) throw new Error("a mistake");
        return journal.append(events);
      };
      return { ...journal, append };
    },
  };
  const { engine, start, stage, logged } = rigEngine({ store });
  const id = await start(workflowOf([{ id: "a" }]));
  await settled();
  broken = true;
  stage.end("a.1");
  await settled();
  expect(logged).toEqual([expect.stringContaining(`run ${id}: Baton does not execute it: Error: a mistake`)]);
  expect(engine.canAdopt(id)).toBe(false);
  broken = false;
  expect((await engine.adopt(id)).ok).toBe(true);
  await settled();
  stage.end(stage.started.at(-1)!);
  await settled();
  expect((await engine.observe(id))!.state.status).toBe("completed");
  expect(engine.canAdopt(id)).toBe(true);
});
