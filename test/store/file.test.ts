import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { JOURNAL_FORMAT, JournalEvent } from "../../src/model/event.ts";
import { START, type Store } from "../../src/model/store.ts";
import { ownIdentity } from "../../src/os/process.ts";
import { createFileStore } from "../../src/store/file/index.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";
import { created } from "../rig/workflow.ts";
import { definition, ID, started, storeSuite, taken } from "../suites/store.suite.ts";

const open = (directory = join(scratch(), "state"), now: () => number = Date.now): Store =>
  createFileStore({ directory, staleAfter: 15_000, now });

storeSuite("file store", () => open());

/** A store with one run, and the paths of its files. */
function withRun(directory = join(scratch(), "state")) {
  const store = open(directory);
  const lease = store.create(ID, definition(), [created()])!;
  const run = join(directory, "runs", ID);
  return { directory, store, lease, run, journal: join(run, "journal.jsonl") };
}

describe("a torn tail", () => {
  test("cut at any byte of its last write, a journal keeps what was written before", () => {
    const { store, lease, journal, run } = withRun();
    const writer = store.journal(ID, lease);
    writer.append([started("a")]);
    const whole = statSync(journal).size;
    writer.append([started("b"), taken(1)]);
    const bytes = readFileSync(journal);
    for (let length = whole; length < bytes.length; length++) {
      writeFileSync(journal, bytes.subarray(0, length));
      rmSync(join(run, "lease.2"), { force: true });
      const next = store.acquire(ID, 2)!;
      store.journal(ID, next).append([taken(2)]);
      const page = store.read(ID, START)!;
      expect(page.events.slice(0, 2)).toEqual([created(), started("a")]);
      expect(page.events.at(-1)).toEqual(taken(2));
      expect(page.problems.every(({ kind }) => kind === "torn")).toBe(true);
      // A line is torn, or it is whole; cut exactly between two lines, nothing is.
      expect(page.problems.length + page.events.length - 3).toBeLessThanOrEqual(2);
    }
  });

  test("any prefix of any journal, taken over, reads as a prefix of its events", () => {
    const { store, journal, run } = withRun();
    const event = fc.constantFrom(started("a"), started("b"), taken(1), { ...created(), name: "naïve — ☃" });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.nat(), (events, cut) => {
        const bytes = Buffer.from([created(), ...events].map((one) => `${JSON.stringify(one)}\n`).join(""));
        rmSync(join(run, "lease.2"), { force: true });
        writeFileSync(journal, bytes.subarray(0, cut % (bytes.length + 1)));
        store.journal(ID, store.acquire(ID, 2)!).append([taken(2)]);
        const page = store.read(ID, START)!;
        expect(page.events.at(-1)).toEqual(taken(2));
        expect([created(), ...events].slice(0, page.events.length - 1)).toEqual(page.events.slice(0, -1));
        expect(page.problems.filter(({ kind }) => kind !== "torn")).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("reading", () => {
  test("an unfinished last line is left for later; so is an unreadable one, until the next shows what it was", () => {
    const { store, journal } = withRun();
    const line = JSON.stringify(started("a"));
    appendFileSync(journal, line.slice(0, 20));
    const before = store.read(ID, START)!;
    expect(before).toMatchObject({ events: [created()], problems: [] });
    appendFileSync(journal, `${line.slice(20)}\nnot json\n`);
    const after = store.read(ID, before.next)!;
    expect(after).toMatchObject({ events: [started("a")], problems: [] });
    appendFileSync(journal, `${JSON.stringify(taken(2))}\n`);
    expect(store.read(ID, after.next)).toMatchObject({ events: [taken(2)], problems: [{ kind: "torn" }] });
  });

  test.each([
    ["text", "garbage"],
    ["bytes that are no text", "\u0000\ufffd\u0001"],
    ["JSON that is no event", '{"some": "thing"}'],
    ["an event of no known type", '{"at": 1, "epoch": 1, "type": "moon_landed"}'],
    ["null", "null"],
  ])("%s in the middle is damage: nothing after it counts", (_, line) => {
    const { store, journal } = withRun();
    appendFileSync(journal, `${JSON.stringify(started("a"))}\n${line}\n${JSON.stringify(started("b"))}\n`);
    const page = store.read(ID, START)!;
    expect(page.events).toEqual([created(), started("a")]);
    expect(page.problems).toMatchObject([{ kind: "corrupt" }]);
    expect(page.problems[0]!.message).toMatch(/unreadable line at byte \d+/);
  });

  test("a journal of a newer format can be looked at, unknown events and all", () => {
    const directory = join(scratch(), "state");
    const store = open(directory);
    store.create(ID, definition(), [created({ format: JOURNAL_FORMAT + 1 })]);
    appendFileSync(
      join(directory, "runs", ID, "journal.jsonl"),
      `{"at": 1, "epoch": 1, "type": "moon_landed"}\n${JSON.stringify(started("a"))}\n`,
    );
    const page = store.read(ID, START)!;
    expect(page.events.map(({ type }) => type)).toEqual(["run_created", "step_started"]);
    expect(page.problems).toMatchObject([{ kind: "newer_format" }]);
  });

  test("events of every type pass", () => {
    const { store, journal } = withRun();
    const types = JournalEvent.options
      .map((option) => option.shape.type.value)
      .filter((type) => type !== "run_created");
    appendFileSync(journal, types.map((type) => `${JSON.stringify({ at: 1, epoch: 1, type })}\n`).join(""));
    expect(store.read(ID, START)!.events.map(({ type }) => type)).toEqual(["run_created", ...types]);
  });

  test("a very long line", () => {
    const { store, lease } = withRun();
    const long = { ...started("a"), type: "step_completed", output: "x".repeat(5_000_000) } as JournalEvent;
    store.journal(ID, lease).append([long]);
    expect(store.read(ID, START)!.events[1]).toEqual(long);
  });
});

describe("writing", () => {
  let appender: string;
  beforeAll(async () => {
    appender = await bundle(new URL("appender.ts", import.meta.url));
  });

  test("at the end of the space: all or nothing, and the journal stays whole", async () => {
    const { directory, store, journal } = withRun();
    // A limit on the size of files is a full disk that needs no disk.
    const script = `trap "" XFSZ; ulimit -f 4; exec ${process.execPath} ${appender} ${directory} ${ID}`;
    const { stdout } = await promisify(execFile)("/bin/sh", ["-c", script]);
    const said = JSON.parse(stdout);
    expect(said.reason).toBe("disk_full");
    expect(said.message).toContain("Free some space");
    const page = store.read(ID, START)!;
    expect(page.problems).toEqual([]);
    expect(page.events).toHaveLength(1 + said.appended);
    expect(page.next.offset).toBe(statSync(journal).size);
  });

  test("never truncates what somebody else has written", async () => {
    const { directory, store, run, journal } = withRun();
    writeFileSync(join(run, "lease.2"), "{}");
    const next = open(directory).acquire(ID, 3)!;
    const writer = store.journal(ID, next);
    appendFileSync(journal, "x".repeat(100));
    writer.append([taken(3)]);
    expect(readFileSync(journal, "utf8")).toContain("x".repeat(100));
  });

  test("is private: directories 0700, files 0600, whatever the umask", () => {
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

  test("does not mark a directory that was there before, and reading makes nothing", () => {
    const directory = scratch();
    const store = open(directory);
    expect(store.list()).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
    store.create(ID, definition(), [created()]);
    expect(readdirSync(directory).sort()).toEqual(["runs"]);
  });

  test("says so where it cannot: the error of the system, with its code", () => {
    const directory = join(scratch(), "file");
    writeFileSync(directory, "");
    expect(() => open(directory).create(ID, definition(), [created()])).toThrow(/EEXIST|ENOTDIR/);
  });

  test("half-made runs are not seen, and swept once they are old", () => {
    const { directory, store } = withRun();
    const runs = join(directory, "runs");
    mkdirSync(join(runs, ".tmp-young"));
    mkdirSync(join(runs, ".tmp-old"));
    utimesSync(join(runs, ".tmp-old"), 1, 1);
    expect(store.list()).toEqual([ID]);
    store.create("wf_1111111111", definition(), [created()]);
    expect(existsSync(join(runs, ".tmp-young"))).toBe(true);
    expect(existsSync(join(runs, ".tmp-old"))).toBe(false);
  });

  test("a damaged journal is kept beside what was saved of it", () => {
    const { store, run, journal } = withRun();
    appendFileSync(journal, "garbage\n");
    store.salvage(ID, [created()]);
    const [kept] = readdirSync(run).filter((name) => name.startsWith("journal.damaged-"));
    expect(readFileSync(join(run, kept!), "utf8")).toContain("garbage");
  });
});

describe("leases", () => {
  let racer: string;
  beforeAll(async () => {
    racer = await bundle(new URL("racer.ts", import.meta.url));
  });

  async function race(directory: string, epoch: number) {
    const child = spawn(process.execPath, [racer, directory, ID, String(epoch)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [said] = await once(child.stdout, "data");
    return { child, won: String(said) === "won\n" };
  }

  test("ten processes race for an epoch: one wins", async () => {
    const { directory, store, lease } = withRun();
    const racers = await Promise.all(Array.from({ length: 10 }, () => race(directory, 2)));
    const winners = racers.filter(({ won }) => won);
    expect(winners).toHaveLength(1);
    expect(lease.held()).toBe(false);
    expect(store.lease(ID)).toMatchObject({ state: "held", epoch: 2, holder: { pid: winners[0]!.child.pid } });
  });

  test("a holder that was killed is dead at once", async () => {
    const { directory, store } = withRun();
    const { child } = await race(directory, 2);
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    expect(store.lease(ID)).toMatchObject({ state: "dead", epoch: 2 });
  });

  test("a holder that is frozen is held until its signs of life are too old", async () => {
    const { directory, store, run } = withRun();
    const { child } = await race(directory, 2);
    child.kill("SIGSTOP");
    expect(store.lease(ID).state).toBe("held");
    const past = Date.now() / 1000 - 16;
    utimesSync(join(run, "lease.2"), past, past);
    expect(store.lease(ID).state).toBe("stale");
  });

  test.each([
    ["of another boot", { bootId: "another" }],
    ["of another pid namespace", { pidNamespace: "pid:[1]" }],
    ["that is just being written", undefined],
  ])("a holder %s is judged by its signs of life alone", (_, other) => {
    const { store, run } = withRun();
    const path = join(run, "lease.2");
    writeFileSync(path, other ? JSON.stringify({ ...ownIdentity(), pid: 2 ** 30, ...other }) : "");
    expect(store.lease(ID).state).toBe("held");
    const past = Date.now() / 1000 - 16;
    utimesSync(path, past, past);
    expect(store.lease(ID).state).toBe("stale");
  });

  test("a pid that was used again is not its holder", () => {
    const { store, run } = withRun();
    writeFileSync(join(run, "lease.2"), JSON.stringify({ ...ownIdentity(), processStarted: "1" }));
    expect(store.lease(ID).state).toBe("dead");
  });

  test("a beat is a sign of life", () => {
    const { store, lease, run } = withRun();
    utimesSync(join(run, "lease.1"), 5, 5);
    lease.beat();
    expect(store.lease(ID).lastBeat).toBeGreaterThan(1_000_000);
  });
});

describe("the rest", () => {
  test("an unreadable snapshot, one of another run or ahead of its journal, is none", () => {
    const { store, run } = withRun();
    for (const text of [
      "{",
      JSON.stringify({ format: 1, run: "other", position: START, state: 1 }),
      JSON.stringify({ format: 1, run: ID, position: { offset: 10 ** 9, events: 1 }, state: 1 }),
    ]) {
      writeFileSync(join(run, "snapshot.json"), text);
      expect(store.snapshots.get(ID)).toBeUndefined();
    }
  });

  test("a snapshot that cannot be written is left out", () => {
    const { store, run } = withRun();
    mkdirSync(join(run, "snapshot.json"));
    store.snapshots.put(ID, { position: START, state: 1 });
    expect(readdirSync(run).filter((name) => name.startsWith(".tmp"))).toEqual([]);
  });

  test("what is not a message is dropped from an inbox", () => {
    const { store, run } = withRun();
    store.inbox.put(ID, { id: "m1", action: "pause" });
    writeFileSync(join(run, "inbox", "000-x.json"), "{");
    writeFileSync(join(run, "inbox", "001-y.json"), '{"id": "y", "action": "explode"}');
    expect(store.inbox.list(ID)).toEqual([{ id: "m1", action: "pause" }]);
    expect(readdirSync(join(run, "inbox"))).toHaveLength(1);
    expect(() => store.inbox.put(ID, { id: "../../x", action: "pause" })).toThrow();
  });

  test("a definition that cannot be read concerns its run only", () => {
    const { store, run } = withRun();
    writeFileSync(join(run, "definition.json"), "{");
    expect(() => store.definition(ID)).toThrow(`the definition of ${ID} cannot be read`);
    truncateSync(join(run, "definition.json"));
    chmodSync(run, 0o700);
    expect(store.list()).toEqual([ID]);
  });
});
