import { describe, expect, test } from "vitest";
import type { LocalEngine } from "../../src/engine/local-engine.ts";
import type { Engine } from "../../src/model/contracts/engine.ts";
import type { Observer } from "../../src/model/contracts/observer.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import type { Workflow } from "../../src/model/workflow.ts";
import type { Stage } from "../rig/engine.ts";
import { workflowOf } from "../rig/rules/workflow.ts";
import type { VirtualScheduler } from "../rig/scheduler.ts";

/** Two processes over one store: each has an engine, and a stage that performs its steps. */
export interface EnginePair {
  readonly scheduler: VirtualScheduler;
  readonly one: { readonly engine: LocalEngine; readonly stage: Stage };
  readonly other: { readonly engine: LocalEngine; readonly stage: Stage };
  /** Runs the supervisors of both. */
  supervise(): void;
}

const ab = workflowOf([{ id: "a" }, { id: "b" }], [{ from: "a", to: "b" }]);

/** What every engine must do over every store. */
export function engineSuite(name: string, make: (observers?: readonly Observer[]) => EnginePair): void {
  describe(name, () => {
    /** Lets time pass until a promise is settled. */
    async function settle<T>(scheduler: VirtualScheduler, promise: Promise<T>): Promise<T> {
      let settled = false;
      const done = promise.finally(() => {
        settled = true;
      });
      done.catch(() => {});
      for (let waited = 0; !settled && waited < 30_000; waited += 5) await scheduler.pass(5);
      expect(settled, "the promise settles").toBe(true);
      return done;
    }

    function play(observers: readonly Observer[] = []) {
      const pair = make(observers);
      const { scheduler, one, other } = pair;
      const wait = <T>(promise: Promise<T>) => settle(scheduler, promise);
      const start = async (workflow: Workflow = ab, idempotencyKey?: string) => {
        const started = await wait(
          one.engine.start({
            definition: { workflow, parameters: {}, context: {} },
            ...{ mode: "parallel", maxParallel: 4, cwd: "/", durability: "process", detach: false },
            ...(idempotencyKey !== undefined && { idempotencyKey }),
          }),
        );
        if (!started.ok) throw new Error(started.error.message);
        return started.value;
      };
      const ends = async (stage: Stage, attempt: string) => {
        for (let n = 0; !stage.started.includes(attempt) && n < 2_000; n++) await scheduler.pass(5);
        stage.end(attempt);
        await scheduler.pass(200);
      };
      const status = async (engine: Engine, id: string) => (await wait(engine.observe(id)))?.state.status;
      const ask = (engine: Engine, id: string, action: "pause" | "resume" | "cancel" | "restart", message: string) =>
        wait(engine.send(id, { id: message, action }, true));
      return { ...pair, one, other, wait, start, ends, status, ask };
    }

    test("a run is started, performed in order, and observed by every process", async () => {
      const { one, other, start, ends, status } = play();
      const { id } = await start();
      await ends(one.stage, "a.1");
      await ends(one.stage, "b.1");
      expect(await status(one.engine, id)).toBe("completed");
      expect(await status(other.engine, id)).toBe("completed");
    });

    test("an idempotency key gives the same run, which findByKey finds", async () => {
      const { one, other, wait, start } = play();
      const { id } = await start(ab, "key");
      expect(await start(ab, "key")).toEqual({ id, existing: true });
      expect(await wait(other.engine.findByKey("key"))).toBe(id);
      expect(await wait(one.engine.findByKey("another"))).toBeUndefined();
      expect(await wait(one.engine.list())).toEqual([id]);
    });

    test("a message takes effect once, whichever process sends it", async () => {
      const { one, other, supervise, wait, start, status, ask } = play();
      const { id } = await start();
      supervise();
      expect(await ask(other.engine, id, "pause", "m1")).toMatchObject({ ok: true });
      expect(await status(one.engine, id)).toBe("paused");
      expect(await ask(other.engine, id, "resume", "m2")).toMatchObject({ ok: true });
      expect(await ask(one.engine, id, "pause", "m1")).toMatchObject({ ok: true });
      expect(await status(other.engine, id)).toBe("running");
      const caused = (await wait(one.engine.events(id))).filter(({ cause }) => cause === "m1");
      expect(caused.map(({ type }) => type)).toEqual(["run_paused", "checkpoint_created"]);
    });

    test("a refusal names its reason, and an unknown run is not_found", async () => {
      const { one, other, supervise, start, status, ask } = play();
      const { id } = await start();
      supervise();
      for (const { engine } of [one, other])
        expect(await ask(engine, id, "resume", "m1")).toMatchObject({ error: { reason: "illegal_transition" } });
      expect(await ask(one.engine, "wf_0000000000", "pause", "m2")).toMatchObject({ error: { reason: "not_found" } });
      expect(await status(one.engine, "wf_0000000000")).toBeUndefined();
    });

    test("a process that leaves is followed by the next, which repeats no finished step", async () => {
      const { scheduler, one, other, wait, start, ends, status } = play();
      const { id } = await start();
      await ends(one.stage, "a.1");
      one.engine.abandonAll();
      await scheduler.pass(100);
      expect(await wait(other.engine.adopt(id))).toMatchObject({ ok: true });
      await ends(other.stage, "b.2");
      expect(other.stage.started).toEqual(["b.2"]);
      expect(await status(other.engine, id)).toBe("completed");
    });

    test("adopt refuses a run that another process owns", async () => {
      const { other, wait, start } = play();
      const { id } = await start();
      expect(await wait(other.engine.adopt(id))).toMatchObject({ error: { reason: "owned" } });
    });

    test("changed resolves when the run is newer, and at its time limit", async () => {
      const { scheduler, one, other, wait, start, ends } = play();
      const { id } = await start();
      const { rev } = (await wait(other.engine.observe(id)))!.state;
      const changed = wait(other.engine.changed(id, rev, 20_000));
      await ends(one.stage, "a.1");
      await changed;
      const before = scheduler.elapsed();
      await wait(one.engine.changed(id, Number.POSITIVE_INFINITY, 300));
      expect(scheduler.elapsed() - before).toBeGreaterThanOrEqual(300);
    });

    test("rev tells when a run was observed, so that changed misses nothing that came since", async () => {
      const { one, wait, start, ends } = play();
      const { id } = await start();
      await ends(one.stage, "a.1");
      const seen = (await wait(one.engine.observe(id)))!;
      await ends(one.stage, "b.1");
      // The run has ended: no later event could wake a caller that waits for a newer `rev` than its last.
      expect(await wait(one.engine.changed(id, seen.rev, 20_000).then(() => "changed"))).toBe("changed");
    });

    test("follow gives every event once and in order, to the owner and to other processes", async () => {
      const { scheduler, one, other, wait, start, ends } = play();
      const { id } = await start();
      const stop = new AbortController();
      const follow = async (engine: Engine) => {
        const heard: JournalEvent[] = [];
        for await (const { events, state } of engine.follow(id, stop.signal)) {
          heard.push(...events);
          if (state.status === "completed") break;
        }
        return heard;
      };
      const before = (await wait(one.engine.events(id))).length;
      const following = [one, other].map(({ engine }) => wait(follow(engine)));
      await scheduler.pass(100);
      await ends(one.stage, "a.1");
      await ends(one.stage, "b.1");
      const all = await wait(one.engine.events(id));
      for (const heard of await Promise.all(following)) expect(heard).toEqual(all.slice(before));
      stop.abort();
    });

    test("observers hear every event of owned runs, and neither delay nor break them", async () => {
      const heard: JournalEvent[] = [];
      const never = new Promise<void>(() => {});
      const observers: Observer[] = [
        { name: "recorder", notice: ({ events }) => void heard.push(...events) },
        { name: "stuck", notice: () => never },
        {
          name: "broken",
          notice() {
            throw new Error("cannot");
          },
        },
      ];
      const { scheduler, one, wait, start, ends, status } = play(observers);
      const { id } = await start();
      await ends(one.stage, "a.1");
      await ends(one.stage, "b.1");
      await scheduler.pass(100);
      expect(await status(one.engine, id)).toBe("completed");
      expect(heard).toEqual(await wait(one.engine.events(id)));
    });
  });
}
