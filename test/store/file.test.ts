import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { DamagedRun, START } from "../../src/model/contracts/store.ts";
import { scratch } from "../rig/baton.ts";
import { created } from "../rig/rules/workflow.ts";
import { definition, ID, started, storeSuite, taken } from "../suites/store.suite.ts";
import { open, withRun } from "./run.ts";

storeSuite("file store", () => open());

describe("the state directory", () => {
  test("the state directory is private under any umask", () => {
    const umask = process.umask(0);
    onTestFinished(() => void process.umask(umask));
    const { directory, store, lease } = withRun();
    store.journal(ID, lease).append([started("a")]);
    store.inbox.put(ID, { id: "m1", action: "pause" });
    store.snapshots.put(ID, { position: START, state: 1 });
    store.keys.claim("k", { workflowId: ID, fingerprint: "f" });
    for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
      const stats = statSync(join(directory, name));
      expect((stats.mode & 0o777).toString(8), name).toBe(stats.isDirectory() ? "700" : "600");
    }
    expect((statSync(directory).mode & 0o777).toString(8)).toBe("700");
    expect(readFileSync(join(directory, ".gitignore"), "utf8")).toBe("*\n");
  });

  test("the state directory is marked only if the store created it", () => {
    const made = join(scratch(), "state");
    open(made).keys.claim("k", { workflowId: ID, fingerprint: "f" });
    expect(readdirSync(made).sort()).toEqual([".gitignore", "keys", "trust.json"]);
    const given = scratch();
    open(given).create(ID, definition(), [created()]);
    open(given).keys.claim("k", { workflowId: ID, fingerprint: "f" });
    expect(readdirSync(given).sort()).toEqual(["keys", "runs"]);
  });

  test("reading a state directory creates no file", () => {
    const { directory, store } = withRun();
    const absent = join(scratch(), "absent");
    const before = readdirSync(directory, { recursive: true });
    for (const reader of [store, open(absent)]) {
      reader.list();
      for (const id of [ID, "wf_9999999999"]) {
        reader.definition(id);
        reader.read(id, START);
        reader.size(id);
        reader.lease(id);
        reader.inbox.list(id);
        reader.inbox.remove(id, "m1");
        reader.snapshots.get(id);
        reader.files(id, "a", 1);
      }
      expect(() => reader.create("../x", definition(), [created()])).toThrow("not a run id");
    }
    expect(readdirSync(directory, { recursive: true })).toEqual(before);
    expect(existsSync(absent)).toBe(false);
  });

  test("a state directory that is a file makes calls throw the system error", () => {
    const directory = join(scratch(), "file");
    writeFileSync(directory, "");
    const code = expect.stringMatching(/^(EEXIST|ENOTDIR)$/);
    expect(() => open(directory).create(ID, definition(), [created()])).toThrow(expect.objectContaining({ code }));
    expect(() => open(directory).list()).toThrow(expect.objectContaining({ code }));
  });

  test("a read-only state directory makes writes throw the system error", () => {
    // Root may write anywhere except where the kernel refuses.
    const parent = process.getuid?.() === 0 ? "/sys" : scratch();
    if (parent !== "/sys") chmodSync(parent, 0o555);
    const store = open(join(parent, "state"));
    const refused = expect.objectContaining({ code: expect.stringMatching(/^(EACCES|EPERM|EROFS)$/) });
    expect(() => store.create(ID, definition(), [created()])).toThrow(refused);
    expect(() => store.keys.claim("k", { workflowId: ID, fingerprint: "f" })).toThrow(refused);
    expect(store.list()).toEqual([]);
  });

  test("unfinished runs are not listed, and old ones are swept", () => {
    const { directory } = withRun();
    const runs = join(directory, "runs");
    mkdirSync(join(runs, ".tmp-young"));
    mkdirSync(join(runs, ".tmp-old"));
    utimesSync(join(runs, ".tmp-old"), 1, 1);
    const store = open(directory);
    expect(store.list()).toEqual([ID]);
    store.create("wf_1111111111", definition(), [created()]);
    expect(existsSync(join(runs, ".tmp-young"))).toBe(true);
    expect(existsSync(join(runs, ".tmp-old"))).toBe(false);
  });

  test("old temporary files of killed processes are swept", () => {
    const { directory, store, run } = withRun();
    store.keys.claim("k", { workflowId: ID, fingerprint: "f" });
    const [keys, inbox] = [join(directory, "keys"), join(run, "inbox")];
    const leave = (age: string, seconds: number) =>
      [run, inbox, keys].map((room) => {
        const path = join(room, `.tmp-${age}`);
        // A claim is a directory with a file in it, the others are files.
        if (room === keys) mkdirSync(path);
        writeFileSync(room === keys ? join(path, "claim.json") : path, "{");
        utimesSync(path, seconds, seconds);
        return path;
      });
    const now = Date.now() / 1000;
    const [old, young] = [leave("old", now - 3_700), leave("young", now - 3_500)];
    const whole = () =>
      readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => !/\.tmp-/.test(name));
    const before = whole();
    store.sweep();
    expect(old.map((path) => existsSync(path))).toEqual([true, true, false]);
    store.sweep(ID);
    expect(old.map((path) => existsSync(path))).toEqual([false, false, false]);
    expect(young.map((path) => existsSync(path))).toEqual([true, true, true]);
    expect(whole()).toEqual(before);
  });

  test("salvage keeps a copy of the damaged journal", () => {
    const { store, run, journal } = withRun();
    appendFileSync(journal, "garbage\n");
    store.salvage(ID, [created()]);
    const [kept] = readdirSync(run).filter((name) => name.startsWith("journal.damaged-"));
    expect(readFileSync(join(run, kept!), "utf8")).toContain("garbage");
  });
});

describe("damaged files", () => {
  test("ignores a snapshot that is unreadable, foreign, or ahead of its journal", () => {
    const { store, run } = withRun();
    const path = join(run, "snapshot.json");
    store.snapshots.put(ID, { position: store.read(ID, START)!.next, state: 1 });
    const good = readFileSync(path, "utf8");
    expect(store.snapshots.get(ID)?.state).toBe(1);
    for (const bad of [
      good.slice(0, -1),
      "null",
      good.replace(`"run":"${ID}"`, '"run":"wf_1111111111"'),
      good.replace('"format":"', '"format":"9'),
      good.replace('"offset":', '"offset":9'),
    ]) {
      expect(bad).not.toBe(good);
      writeFileSync(path, bad);
      expect(store.snapshots.get(ID)).toBeUndefined();
    }
    store.snapshots.put(ID, { position: { offset: 10 ** 9, events: 1 }, state: 1 });
    expect(store.snapshots.get(ID)).toBeUndefined();
  });

  test("ignores a snapshot with events that the journal lost in a power cut", () => {
    const { store, lease, journal } = withRun();
    const before = statSync(journal).size;
    store.journal(ID, lease).append([started("a"), started("b")]);
    store.snapshots.put(ID, { position: store.read(ID, START)!.next, state: 1 });
    truncateSync(journal, before);
    expect(store.snapshots.get(ID)).toBeUndefined();
    store.journal(ID, store.acquire(ID, 2)!).append([taken(2), ...Array.from({ length: 20 }, () => started("c", 2))]);
    expect(store.snapshots.get(ID)).toBeUndefined();
  });

  test("a failed write of a snapshot is ignored", () => {
    const { store, run } = withRun();
    mkdirSync(join(run, "snapshot.json"));
    store.snapshots.put(ID, { position: START, state: 1 });
    expect(readdirSync(run).filter((name) => name.startsWith(".tmp"))).toEqual([]);
  });

  test("an inbox drops files that are not messages", () => {
    const { store, run } = withRun();
    store.inbox.put(ID, { id: "m1", action: "pause" });
    writeFileSync(join(run, "inbox", "000-x.json"), "{");
    writeFileSync(join(run, "inbox", "001-y.json"), '{"id": "y", "action": "explode"}');
    expect(store.inbox.list(ID)).toEqual([{ id: "m1", action: "pause" }]);
    expect(readdirSync(join(run, "inbox"))).toHaveLength(1);
    expect(() => store.inbox.put(ID, { id: "../../x", action: "pause" })).toThrow();
  });

  test("an unreadable definition damages only its run", () => {
    const { store, run } = withRun();
    writeFileSync(join(run, "definition.json"), "{");
    expect(() => store.definition(ID)).toThrow(`the definition of ${ID} cannot be read`);
    expect(() => store.definition(ID)).toThrow(DamagedRun);
    expect(store.list()).toEqual([ID]);
    expect(store.read(ID, START)!.events).toEqual([created()]);
  });
});
