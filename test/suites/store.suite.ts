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
    const withRun = () => {
      const store = make();
      const lease = store.create(ID, definition(), [created()])!;
      return { store, lease, journal: store.journal(ID, lease) };
    };

    test("a run appears whole, once, with its first lease", () => {
      const { store, lease } = withRun();
      expect(lease.epoch).toBe(1);
      expect(lease.held()).toBe(true);
      expect(store.list()).toEqual([ID]);
      expect(store.definition(ID)).toEqual(definition());
      expect(store.read(ID, START)).toMatchObject({ events: [created()], problems: [] });
      expect(store.create(ID, definition(), [created()])).toBeUndefined();
    });

    test("a missing run is not found, whatever its id", () => {
      const { store } = withRun();
      for (const id of ["wf_9999999999", "../../etc/passwd", "constructor", ""]) {
        expect(store.definition(id)).toBeUndefined();
        expect(store.read(id, START)).toBeUndefined();
        expect(store.size(id)).toBe(0);
        expect(store.lease(id)).toEqual({ state: "free", epoch: 0 });
        expect(store.snapshots.get(id)).toBeUndefined();
      }
      expect(() => store.create("../x", definition(), [created()])).toThrow("not a run id");
    });

    test("events come back in order, from any position", () => {
      const { store, journal } = withRun();
      expect(journal.append([started("a"), started("b")])).toMatchObject({ ok: true });
      const first = store.read(ID, START)!;
      expect(first.events.slice(1)).toEqual([started("a"), started("b")]);
      expect(first.next.events).toBe(3);
      expect(store.read(ID, first.next)).toMatchObject({ events: [], next: first.next });
      expect(store.size(ID)).toBe(first.next.offset);
      journal.append([taken(2)]);
      expect(store.size(ID)).toBeGreaterThan(first.next.offset);
      expect(store.read(ID, first.next)!.events).toEqual([taken(2)]);
    });

    test("each page of a journal continues where the previous one ended", () => {
      const { store, journal } = withRun();
      const pages = [store.read(ID, START)!];
      const events = [started("a"), { ...started("b"), cause: "naïve — ☃" }, taken(2)];
      for (const event of events) {
        journal.append([event]);
        pages.push(store.read(ID, pages.at(-1)!.next)!);
      }
      expect(pages.slice(1).flatMap((page) => page.events)).toEqual(events);
      for (const [before, { next }] of pages.entries()) {
        expect(next.events).toBe(before + 1);
        expect(store.read(ID, next)!.events).toEqual(events.slice(before));
      }
    });

    test("changes to returned or passed objects do not change the store", () => {
      const { store } = withRun();
      const given = definition();
      store.create("wf_1111111111", given, [created()]);
      given.parameters.p = 2;
      Object.assign(store.read(ID, START)!.events[0]!, { at: 0 });
      Object.assign(store.definition(ID)!.context, { c: "y" });
      expect(store.read(ID, START)!.events).toEqual([created()]);
      expect([store.definition(ID), store.definition("wf_1111111111")]).toEqual([definition(), definition()]);
    });

    test("names of Object's own properties are ordinary names", () => {
      const store = make();
      const workflow = workflowOf([{ id: "constructor" }, { id: "__proto__" }, { id: "toString" }]);
      const context = JSON.parse('{"constructor": 1, "toString": {"valueOf": 2}}');
      store.create(ID, { workflow, parameters: context, context }, [created(), started("__proto__")]);
      expect(store.definition(ID)).toEqual({ workflow, parameters: context, context });
      expect(store.read(ID, START)!.events[1]).toEqual(started("__proto__"));
      const claim = { workflowId: ID, fingerprint: "f" };
      for (const key of ["__proto__", "constructor", ""]) expect(store.keys.claim(key, claim)).toEqual(claim);
    });

    test("epochs are acquired in order: none twice, none skipped, none afterwards", () => {
      const { store, lease } = withRun();
      expect(store.acquire(ID, 1)).toBeUndefined();
      expect(store.acquire(ID, 3)).toBeUndefined();
      expect(store.lease(ID)).toMatchObject({ state: "held", epoch: 1 });
      expect(lease.held()).toBe(true);
      lease.release();
      for (const epoch of [2, 3]) expect(store.acquire(ID, epoch)!.epoch).toBe(epoch);
      expect(store.acquire(ID, 2)).toBeUndefined();
      expect(lease.held()).toBe(false);
    });

    test("a lease is acquired once, and the previous one is no longer held", () => {
      const { store, lease } = withRun();
      const next = store.acquire(ID, 2)!;
      expect(store.acquire(ID, 2)).toBeUndefined();
      expect([lease.held(), next.held()]).toEqual([false, true]);
      lease.release();
      lease.beat();
      expect(store.lease(ID)).toMatchObject({ state: "held", epoch: 2 });
      next.release();
      expect(store.lease(ID)).toEqual({ state: "free", epoch: 2 });
      expect(next.held()).toBe(true);
    });

    test("messages stay in order until they are removed", () => {
      const { store } = withRun();
      expect(store.inbox.list(ID)).toEqual([]);
      store.inbox.put(ID, { id: "m2", action: "pause" });
      store.inbox.put(ID, { id: "m3", action: "restart", stepId: "a" });
      expect(store.inbox.list(ID)).toEqual([
        { id: "m2", action: "pause" },
        { id: "m3", action: "restart", stepId: "a" },
      ]);
      store.inbox.remove(ID, "m2");
      store.inbox.remove(ID, "m2");
      expect(store.inbox.list(ID).map(({ id }) => id)).toEqual(["m3"]);
    });

    test("messages keep their order at any speed, and their whole id identifies them", () => {
      const { store } = withRun();
      const ids = Array.from({ length: 20 }, (_, n) => `${99 - n}-x`);
      for (const id of [...ids, "x"]) store.inbox.put(ID, { id, action: "pause" });
      expect(store.inbox.list(ID).map(({ id }) => id)).toEqual([...ids, "x"]);
      store.inbox.remove(ID, "x");
      expect(store.inbox.list(ID).map(({ id }) => id)).toEqual(ids);
    });

    test("a message to a missing run does not create it", () => {
      const { store } = withRun();
      expect(() => store.inbox.put("wf_9999999999", { id: "m1", action: "pause" })).toThrow();
      expect(store.list()).toEqual([ID]);
      expect(store.create("wf_9999999999", definition(), [created()])?.epoch).toBe(1);
    });

    test("the latest snapshot replaces the others", () => {
      const { store } = withRun();
      expect(store.snapshots.get(ID)).toBeUndefined();
      const position = { offset: 1, events: 1 };
      store.snapshots.put(ID, { position: START, state: 1 });
      store.snapshots.put(ID, { position, state: { deep: [1] } });
      expect(store.snapshots.get(ID)).toEqual({ position, state: { deep: [1] } });
    });

    test("the first claim of a key wins", () => {
      const { store } = withRun();
      const first = { workflowId: ID, fingerprint: "f" };
      expect(store.keys.find("k/../k")).toBeUndefined();
      expect(store.keys.claim("k/../k", first)).toEqual(first);
      expect(store.keys.claim("k/../k", { workflowId: "wf_1111111111", fingerprint: "g" })).toEqual(first);
      expect(store.keys.find("k/../k")).toBe(first.workflowId);
      expect(store.keys.claim("other", { workflowId: "wf_1111111111", fingerprint: "g" }).fingerprint).toBe("g");
    });

    test("salvage replaces a damaged journal with its readable events", () => {
      const { store, journal } = withRun();
      journal.append([started("a"), started("b")]);
      store.snapshots.put(ID, { position: store.read(ID, START)!.next, state: "of what was damaged" });
      store.salvage(ID, [created(), started("a")]);
      expect(store.snapshots.get(ID)).toBeUndefined();
      expect(store.read(ID, START)!.events).toEqual([created(), started("a")]);
    });

    test("sweep removes nothing that is whole, and ignores missing runs", () => {
      const store = make();
      store.sweep();
      store.create(ID, definition(), [created()]);
      store.inbox.put(ID, { id: "m1", action: "pause" });
      store.snapshots.put(ID, { position: store.read(ID, START)!.next, state: 1 });
      store.keys.claim("k", { workflowId: ID, fingerprint: "f" });
      for (const id of [undefined, ID, "wf_9999999999", "../x"]) store.sweep(id);
      expect(store.inbox.list(ID)).toEqual([{ id: "m1", action: "pause" }]);
      expect(store.snapshots.get(ID)?.state).toBe(1);
      expect(store.keys.find("k")).toBe(ID);
      expect(store.read(ID, START)!.events).toEqual([created()]);
    });

    test("sync waits for everything that was appended", async () => {
      const { journal } = withRun();
      journal.append([started("a")]);
      await Promise.all([journal.sync(), journal.sync(), journal.sync()]);
      journal.close();
    });

    test("each attempt has its own files, in an existing directory", () => {
      const { store } = withRun();
      const files = [store.files(ID, "a", 1), store.files(ID, "a", 2), store.files(ID, "a.1", 1)];
      const paths = files.flatMap((one) => Object.values(one));
      expect(new Set(paths).size).toBe(9);
      for (const path of paths) expect(existsSync(dirname(path)), path).toBe(true);
    });
  });
}
