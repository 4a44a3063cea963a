import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { START, type Store } from "../../src/model/contracts/store.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import { created, workflowOf } from "../rig/rules/workflow.ts";

export const ID = "wf_0123456789";
export const definition = () => ({
  workflow: workflowOf([{ id: "a" }, { id: "b" }]),
  parameters: { p: 1 },
  context: { c: "x" },
});
export const started = (step: string, epoch = 1): JournalEvent => ({
  at: 1_000_001,
  epoch,
  type: "step_started",
  step,
  attempt: 1,
});
export const taken = (epoch: number): JournalEvent => ({ at: 1_000_002, epoch, type: "lease_taken", pid: 1 });

/** The tests that every store must pass. */
export function storeSuite(name: string, make: () => Store): void {
  describe(name, () => {
    const withRun = async () => {
      const store = make();
      const lease = (await store.create(ID, definition(), [created()]))!;
      return { store, lease, journal: store.journal(ID, lease) };
    };

    test("a run appears whole, once, with its first lease", async () => {
      const { store, lease } = await withRun();
      expect(lease.epoch).toBe(1);
      expect(await lease.held()).toBe(true);
      expect(await store.list()).toEqual([ID]);
      expect(await store.definition(ID)).toEqual(definition());
      expect(await store.read(ID, START)).toMatchObject({ events: [created()], problems: [] });
      expect(await store.create(ID, definition(), [created()])).toBeUndefined();
    });

    test("a missing run is not found, whatever its id", async () => {
      const { store } = await withRun();
      for (const id of ["wf_9999999999", "../../etc/passwd", "constructor", ""]) {
        expect(await store.definition(id)).toBeUndefined();
        expect(await store.read(id, START)).toBeUndefined();
        expect(await store.size(id)).toBe(0);
        expect(await store.lease(id)).toEqual({ state: "free", epoch: 0 });
        expect(await store.snapshots.get(id)).toBeUndefined();
      }
      expect(() => store.create("../x", definition(), [created()])).toThrow("not a run id");
    });

    test("events come back in order, from any position", async () => {
      const { store, journal } = await withRun();
      expect(await journal.append([started("a"), started("b")])).toMatchObject({ ok: true });
      const first = (await store.read(ID, START))!;
      expect(first.events.slice(1)).toEqual([started("a"), started("b")]);
      expect(first.next.events).toBe(3);
      expect(await store.read(ID, first.next)).toMatchObject({ events: [], next: first.next });
      expect(await store.size(ID)).toBe(first.next.offset);
      await journal.append([taken(2)]);
      expect(await store.size(ID)).toBeGreaterThan(first.next.offset);
      expect((await store.read(ID, first.next))!.events).toEqual([taken(2)]);
    });

    test("each page of a journal continues where the previous one ended", async () => {
      const { store, journal } = await withRun();
      const pages = [(await store.read(ID, START))!];
      const events = [started("a"), { ...started("b"), cause: "naïve — ☃" }, taken(2)];
      for (const event of events) {
        await journal.append([event]);
        pages.push((await store.read(ID, pages.at(-1)!.next))!);
      }
      expect(pages.slice(1).flatMap((page) => page.events)).toEqual(events);
      for (const [before, { next }] of pages.entries()) {
        expect(next.events).toBe(before + 1);
        expect((await store.read(ID, next))!.events).toEqual(events.slice(before));
      }
    });

    test("changes to returned or passed objects do not change the store", async () => {
      const { store } = await withRun();
      const given = definition();
      await store.create("wf_1111111111", given, [created()]);
      given.parameters.p = 2;
      Object.assign((await store.read(ID, START))!.events[0]!, { at: 0 });
      Object.assign((await store.definition(ID))!.context, { c: "y" });
      expect((await store.read(ID, START))!.events).toEqual([created()]);
      expect([await store.definition(ID), await store.definition("wf_1111111111")]).toEqual([
        definition(),
        definition(),
      ]);
    });

    test("names of Object's own properties are ordinary names", async () => {
      const store = make();
      const workflow = workflowOf([{ id: "constructor" }, { id: "__proto__" }, { id: "toString" }]);
      const context = JSON.parse('{"constructor": 1, "toString": {"valueOf": 2}}');
      await store.create(ID, { workflow, parameters: context, context }, [created(), started("__proto__")]);
      expect(await store.definition(ID)).toEqual({ workflow, parameters: context, context });
      expect((await store.read(ID, START))!.events[1]).toEqual(started("__proto__"));
      const claim = { workflowId: ID, fingerprint: "f" };
      for (const key of ["__proto__", "constructor", ""]) expect(await store.keys.claim(key, claim)).toEqual(claim);
    });

    test("epochs are acquired in order: none twice, none skipped, none afterwards", async () => {
      const { store, lease } = await withRun();
      expect(await store.acquire(ID, 1)).toBeUndefined();
      expect(await store.acquire(ID, 3)).toBeUndefined();
      expect(await store.lease(ID)).toMatchObject({ state: "held", epoch: 1 });
      expect(await lease.held()).toBe(true);
      lease.release();
      for (const epoch of [2, 3]) expect((await store.acquire(ID, epoch))!.epoch).toBe(epoch);
      expect(await store.acquire(ID, 2)).toBeUndefined();
      expect(await lease.held()).toBe(false);
    });

    test("a lease is acquired once, and the previous one is no longer held", async () => {
      const { store, lease } = await withRun();
      const next = (await store.acquire(ID, 2))!;
      expect(await store.acquire(ID, 2)).toBeUndefined();
      expect([await lease.held(), await next.held()]).toEqual([false, true]);
      lease.release();
      lease.beat();
      expect(await store.lease(ID)).toMatchObject({ state: "held", epoch: 2 });
      next.release();
      expect(await store.lease(ID)).toEqual({ state: "free", epoch: 2 });
      expect(await next.held()).toBe(true);
    });

    test("messages stay in order until they are removed", async () => {
      const { store } = await withRun();
      expect(await store.inbox.list(ID)).toEqual([]);
      await store.inbox.put(ID, { id: "m2", action: "pause" });
      await store.inbox.put(ID, { id: "m3", action: "restart", stepId: "a" });
      expect(await store.inbox.list(ID)).toEqual([
        { id: "m2", action: "pause" },
        { id: "m3", action: "restart", stepId: "a" },
      ]);
      await store.inbox.remove(ID, "m2");
      await store.inbox.remove(ID, "m2");
      expect((await store.inbox.list(ID)).map(({ id }) => id)).toEqual(["m3"]);
    });

    test("messages keep their order at any speed, and their whole id identifies them", async () => {
      const { store } = await withRun();
      const ids = Array.from({ length: 20 }, (_, n) => `${99 - n}-x`);
      for (const id of [...ids, "x"]) await store.inbox.put(ID, { id, action: "pause" });
      expect((await store.inbox.list(ID)).map(({ id }) => id)).toEqual([...ids, "x"]);
      await store.inbox.remove(ID, "x");
      expect((await store.inbox.list(ID)).map(({ id }) => id)).toEqual(ids);
    });

    test("a message to a missing run does not create it", async () => {
      const { store } = await withRun();
      expect(() => store.inbox.put("wf_9999999999", { id: "m1", action: "pause" })).toThrow();
      expect(await store.list()).toEqual([ID]);
      expect((await store.create("wf_9999999999", definition(), [created()]))?.epoch).toBe(1);
    });

    test("the latest snapshot replaces the others", async () => {
      const { store } = await withRun();
      expect(await store.snapshots.get(ID)).toBeUndefined();
      const position = { offset: 1, events: 1 };
      await store.snapshots.put(ID, { position: START, state: 1 });
      await store.snapshots.put(ID, { position, state: { deep: [1] } });
      expect(await store.snapshots.get(ID)).toEqual({ position, state: { deep: [1] } });
    });

    test("the first claim of a key wins", async () => {
      const { store } = await withRun();
      const first = { workflowId: ID, fingerprint: "f" };
      expect(await store.keys.find("k/../k")).toBeUndefined();
      expect(await store.keys.claim("k/../k", first)).toEqual(first);
      expect(await store.keys.claim("k/../k", { workflowId: "wf_1111111111", fingerprint: "g" })).toEqual(first);
      expect(await store.keys.find("k/../k")).toBe(first.workflowId);
      expect((await store.keys.claim("other", { workflowId: "wf_1111111111", fingerprint: "g" })).fingerprint).toBe(
        "g",
      );
    });

    test("salvage replaces a damaged journal with its readable events", async () => {
      const { store, journal } = await withRun();
      await journal.append([started("a"), started("b")]);
      await store.snapshots.put(ID, { position: (await store.read(ID, START))!.next, state: "of what was damaged" });
      await store.salvage(ID, [created(), started("a")]);
      expect(await store.snapshots.get(ID)).toBeUndefined();
      expect((await store.read(ID, START))!.events).toEqual([created(), started("a")]);
    });

    test("sweep removes nothing that is whole, and ignores missing runs", async () => {
      const store = make();
      await store.sweep();
      await store.create(ID, definition(), [created()]);
      await store.inbox.put(ID, { id: "m1", action: "pause" });
      await store.snapshots.put(ID, { position: (await store.read(ID, START))!.next, state: 1 });
      await store.keys.claim("k", { workflowId: ID, fingerprint: "f" });
      for (const id of [undefined, ID, "wf_9999999999", "../x"]) await store.sweep(id);
      expect(await store.inbox.list(ID)).toEqual([{ id: "m1", action: "pause" }]);
      expect((await store.snapshots.get(ID))?.state).toBe(1);
      expect(await store.keys.find("k")).toBe(ID);
      expect((await store.read(ID, START))!.events).toEqual([created()]);
    });

    test("sync waits for everything that was appended", async () => {
      const { journal } = await withRun();
      await journal.append([started("a")]);
      await Promise.all([await journal.sync(), await journal.sync(), await journal.sync()]);
      journal.close();
    });

    test("each attempt has its own files, in an existing directory", async () => {
      const { store } = await withRun();
      const files = [store.files(ID, "a", 1), store.files(ID, "a", 2), store.files(ID, "a.1", 1)];
      const paths = files.flatMap((one) => Object.values(one));
      expect(new Set(paths).size).toBe(9);
      for (const path of paths) expect(existsSync(dirname(path)), path).toBe(true);
    });
  });
}
