import { createHook } from "node:async_hooks";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
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
import { DamagedRun, START, type Store } from "../../src/model/store.ts";
import { ownIdentity } from "../../src/os/process.ts";
import { createFileStore } from "../../src/store/file/index.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";
import { created } from "../rig/workflow.ts";
import { definition, ID, started, storeSuite, taken } from "../suites/store.suite.ts";

/** Waits for something that another process brings about; the test's own time limit is the bound. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

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

const text = (events: readonly JournalEvent[]) => events.map((event) => `${JSON.stringify(event)}\n`).join("");

/** What a journal holds that was cut after so many bytes: the events that are whole, and whether there is a piece of another. */
function cutAt(events: readonly JournalEvent[], length: number) {
  let end = 0;
  const whole = events.filter((event) => {
    end += Buffer.byteLength(JSON.stringify(event)) + 1;
    // All but its newline is there: the next owner's fresh line completes it.
    return end - 1 <= length;
  });
  const rest = length - Buffer.byteLength(text(whole));
  return { whole, torn: rest > 0 };
}

describe("a torn tail", () => {
  /** Puts these bytes in the journal's place, takes the run over, and reads it. */
  function takenOver({ store, run, journal }: ReturnType<typeof withRun>, bytes: Buffer, epoch = 2) {
    writeFileSync(journal, bytes);
    rmSync(join(run, `lease.${epoch}`), { force: true });
    store.journal(ID, store.acquire(ID, epoch)!).append([taken(epoch)]);
    return store.read(ID, START)!;
  }

  test("cut at any byte of its last write, a journal keeps what is whole, and tells of the rest", () => {
    const given = withRun();
    const events = [created(), started("a"), started("b"), { ...taken(1), cause: "naïve — ☃" }];
    const bytes = Buffer.from(text(events));
    for (let length = Buffer.byteLength(text(events.slice(0, 2))); length <= bytes.length; length++) {
      const page = takenOver(given, bytes.subarray(0, length));
      const { whole, torn } = cutAt(events, length);
      expect(page.events).toEqual([...whole, taken(2)]);
      expect(page.problems).toMatchObject(torn ? [{ kind: "torn", offset: Buffer.byteLength(text(whole)) }] : []);
    }
  });

  test("so does one whose next owner died, too, while it wrote so", () => {
    const given = withRun();
    const torn = Buffer.from(text([created(), started("a")])).subarray(0, -10);
    const second = Buffer.from(`\n${text([taken(2)])}`);
    given.store.acquire(ID, 2);
    for (let length = 1; length <= second.length; length++) {
      const page = takenOver(given, Buffer.concat([torn, second.subarray(0, length)]), 3);
      // But for its newline, the second owner's event is there.
      const whole = length >= second.length - 1;
      expect(page.events).toEqual([created(), ...(whole ? [taken(2)] : []), taken(3)]);
      expect(page.problems.map(({ kind }) => kind)).toEqual(whole || length === 1 ? ["torn"] : ["torn", "torn"]);
    }
  });

  test("more pieces than there were owners to leave them are damage", () => {
    const page = takenOver(withRun(), Buffer.from(`${text([created()])}{"at":1\n{"at":2`));
    expect(page.events).toEqual([created()]);
    expect(page.problems.map(({ kind }) => kind)).toEqual(["corrupt"]);
  });

  test("any prefix of any journal, taken over, reads as a prefix of its events", () => {
    const given = withRun();
    const event = fc.oneof(
      fc.constantFrom<JournalEvent>(started("a"), taken(1), { at: 1, epoch: 1, type: "run_resumed" }),
      fc.string({ unit: "grapheme" }).map((name) => created({ name })),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.nat(), (more, cut) => {
        const events = [created(), ...more];
        const bytes = Buffer.from(text(events));
        const length = cut % (bytes.length + 1);
        const page = takenOver(given, bytes.subarray(0, length));
        const { whole, torn } = cutAt(events, length);
        expect(page.events).toEqual([...whole, taken(2)]);
        expect(page.problems.map(({ kind }) => kind)).toEqual(torn ? ["torn"] : []);
        expect(page.next).toEqual({ offset: statSync(given.journal).size, events: page.events.length });
      }),
      { numRuns: 200 },
    );
  });

  test("whoever follows a journal byte by byte sees each event once", () => {
    const { store, journal } = withRun();
    const events = [created(), { ...started("a"), cause: "☃" }, started("b")];
    const bytes = Buffer.from(`${text(events)}{"at":1\n${text([taken(2)])}`);
    writeFileSync(journal, "");
    let position = START;
    const seen: JournalEvent[] = [];
    const problems: string[] = [];
    for (const byte of bytes) {
      appendFileSync(journal, Buffer.of(byte));
      const page = store.read(ID, position)!;
      seen.push(...page.events);
      problems.push(...page.problems.map(({ kind }) => kind));
      position = page.next;
    }
    expect(seen).toEqual([...events, taken(2)]);
    expect(problems).toEqual(["torn"]);
    expect(position).toEqual({ offset: bytes.length, events: 4 });
  });
});

describe("reading", () => {
  test.each([
    ["text", "garbage"],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x80, 0, 0xc3])],
    ["a hole that a power cut left", Buffer.alloc(4096)],
    ["an event without its instant", '{"epoch": 1, "type": "run_resumed"}'],
    ["two events on one line", JSON.stringify(started("a")).repeat(2)],
    ["JSON that is no event", '{"some": "thing"}'],
    ["an event of no known type", '{"at": 1, "epoch": 1, "type": "moon_landed"}'],
    ["null", "null"],
  ])("%s in the middle is damage: nothing after it counts", (_, line) => {
    const { store, journal } = withRun();
    const good = text([created(), started("a")]);
    writeFileSync(journal, Buffer.concat([Buffer.from(good), Buffer.from(line), Buffer.from("\n")]));
    const before = store.read(ID, START)!;
    expect(before).toEqual({
      events: [created(), started("a")],
      next: { offset: good.length, events: 2 },
      problems: [],
    });
    appendFileSync(journal, text([started("b"), taken(2), started("c")]));
    for (const from of [START, before.next]) {
      const page = store.read(ID, from)!;
      expect(page.events).toEqual(before.events.slice(from.events));
      expect(page.next).toEqual(before.next);
      expect(page.problems).toMatchObject([
        { kind: "corrupt", offset: good.length, message: `unreadable line at byte ${good.length}` },
      ]);
    }
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
  let fuller: string;
  beforeAll(async () => {
    [appender, fuller] = await Promise.all([
      bundle(new URL("appender.ts", import.meta.url)),
      bundle(new URL("fuller.ts", import.meta.url)),
    ]);
  });

  /** A limit on the size of files is a full disk that needs no disk: 2 kB or 4 kB, by the shell's idea of a block. */
  async function appendToTheLimit(directory: string, meanwhile: string) {
    const script = `trap "" XFSZ; ulimit -f 4; exec "$0" "$@"`;
    const { stdout } = await promisify(execFile)("/bin/sh", [
      ...["-c", script, process.execPath, appender, directory, ID, meanwhile],
    ]);
    return JSON.parse(stdout);
  }

  test("at the end of the space: all or nothing, and it goes on with what fits", async () => {
    const { directory, store, journal } = withRun();
    const said = await appendToTheLimit(directory, "alone");
    expect(said.small.ok && said.after.ok).toBe(true);
    expect(said.large.error.reason).toBe("disk_full");
    expect(said.large.error.message).toContain("Free some space");
    const page = store.read(ID, START)!;
    expect(page.problems).toEqual([]);
    expect(page.events).toMatchObject([created(), { pid: 1 }, { pid: 3 }]);
    expect(page.next.offset).toBe(statSync(journal).size);
  });

  test("never takes back over what somebody else has written: the run is lost instead", async () => {
    const { directory, store } = withRun();
    const said = await appendToTheLimit(directory, "foreign");
    expect(said.large.error.reason).toBe("lost");
    const events = store.read(ID, START)!.events;
    expect(events.slice(0, 3)).toMatchObject([created(), { pid: 1 }, { pid: 2, epoch: 1 }]);
    // What was written in part stands, and is the next owner's to step over.
    store.journal(ID, store.acquire(ID, 3)!).append([taken(3)]);
    const page = store.read(ID, START)!;
    expect(page.events).toEqual([...events, taken(3)]);
    expect(page.problems.map(({ kind }) => kind)).toEqual(["torn"]);
  });

  test("never takes back in a run that is somebody else's by now", async () => {
    const { directory, journal } = withRun();
    const said = await appendToTheLimit(directory, "taken");
    expect(said.large.error.reason).toBe("lost");
    expect(statSync(journal).size % 2048).toBe(0);
  });

  test("a file system that is full: every call says so, nothing half-made is left, and it goes on afterwards", async ({
    skip,
  }) => {
    const space = scratch();
    const onSmallDisk = (command: string) =>
      promisify(execFile)("unshare", [
        ...["--map-root-user", "--mount", "sh", "-c", `mount -t tmpfs -o size=64k tmpfs "$0" && ${command}`, space],
        ...[process.execPath, fuller],
      ]);
    const allowed = await onSmallDisk("true").then(
      () => true,
      () => false,
    );
    skip(!allowed, "this machine lets nobody mount a file system of their own");
    const said = JSON.parse((await onSmallDisk('exec "$1" "$2" "$0"')).stdout);
    expect(said.full.error.reason).toBe("disk_full");
    const ENOSPC = "ENOSPC";
    expect(said.tried).toEqual({ create: ENOSPC, put: ENOSPC, claim: ENOSPC, snapshot: "done", acquire: ENOSPC });
    // The epoch is used up, but nobody waits for it.
    expect(said.left).toEqual([join("runs", ID, "lease.2")]);
    expect(said.lease).toEqual({ state: "free", epoch: 2 });
    expect(said.again.ok).toBe(true);
    expect(said.read.events).toMatchObject([created(), { pid: 1 }]);
    expect(said.read.problems).toEqual([]);
    expect(said.list).toEqual([ID]);
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

  test("marks what it made, whatever came first, and nothing that was there before", () => {
    const made = join(scratch(), "state");
    open(made).keys.claim("k", { workflowId: ID, fingerprint: "f" });
    expect(readdirSync(made).sort()).toEqual([".gitignore", "keys"]);
    const given = scratch();
    open(given).create(ID, definition(), [created()]);
    open(given).keys.claim("k", { workflowId: ID, fingerprint: "f" });
    expect(readdirSync(given).sort()).toEqual(["keys", "runs"]);
  });

  test("reading makes nothing", () => {
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

  test("says so where it cannot: the error of the system, with its code", () => {
    const directory = join(scratch(), "file");
    writeFileSync(directory, "");
    const code = expect.stringMatching(/^(EEXIST|ENOTDIR)$/);
    expect(() => open(directory).create(ID, definition(), [created()])).toThrow(expect.objectContaining({ code }));
    expect(() => open(directory).list()).toThrow(expect.objectContaining({ code }));
  });

  test("a directory that it may not write to is an error with its code", () => {
    // Root may write anywhere but where the kernel says no.
    const parent = process.getuid?.() === 0 ? "/sys" : scratch();
    if (parent !== "/sys") chmodSync(parent, 0o555);
    const store = open(join(parent, "state"));
    const refused = expect.objectContaining({ code: expect.stringMatching(/^(EACCES|EPERM|EROFS)$/) });
    expect(() => store.create(ID, definition(), [created()])).toThrow(refused);
    expect(() => store.keys.claim("k", { workflowId: ID, fingerprint: "f" })).toThrow(refused);
    expect(store.list()).toEqual([]);
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

  test("so is one that nobody has collected yet", async () => {
    const { directory, store } = withRun();
    // The shell becomes a program that never waits for the child it inherits.
    const script = `"$0" "$@" & exec sleep 60`;
    const parent = spawn("/bin/sh", ["-c", script, process.execPath, racer, directory, ID, "2", "stay"]);
    onTestFinished(() => void parent.kill("SIGKILL"));
    await once(parent.stdout, "data");
    const { pid } = store.lease(ID).holder!;
    expect(store.lease(ID).state).toBe("held");
    process.kill(pid, "SIGKILL");
    await until(() => execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).startsWith("Z"));
    expect(store.lease(ID)).toMatchObject({ state: "dead", epoch: 2, holder: { pid } });
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

  test("a lease that was given back is free, and its epoch is not given again", () => {
    const { directory, store, lease } = withRun();
    lease.release();
    expect(open(directory).lease(ID)).toEqual({ state: "free", epoch: 1 });
    expect(open(directory).acquire(ID, 1)).toBeUndefined();
    expect(store.acquire(ID, 2)!.held()).toBe(true);
  });

  test("a beat is a sign of life", () => {
    const { store, lease, run } = withRun();
    utimesSync(join(run, "lease.1"), 5, 5);
    lease.beat();
    expect(store.lease(ID).lastBeat).toBeGreaterThan(1_000_000);
  });
});

describe("the rest", () => {
  test("a snapshot that is unreadable, of another run, of another shape or ahead of its journal is none", () => {
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

  test("a snapshot of events that a power cut took from the journal is none, however long that grows again", () => {
    const { store, lease, journal } = withRun();
    const before = statSync(journal).size;
    store.journal(ID, lease).append([started("a"), started("b")]);
    store.snapshots.put(ID, { position: store.read(ID, START)!.next, state: 1 });
    truncateSync(journal, before);
    expect(store.snapshots.get(ID)).toBeUndefined();
    store.journal(ID, store.acquire(ID, 2)!).append([taken(2), ...Array.from({ length: 20 }, () => started("c", 2))]);
    expect(store.snapshots.get(ID)).toBeUndefined();
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
    expect(() => store.definition(ID)).toThrow(DamagedRun);
    expect(store.list()).toEqual([ID]);
    expect(store.read(ID, START)!.events).toEqual([created()]);
  });
});

describe("grouped sync", () => {
  /** Counts the requests that this process makes of the file system: there is no other way to see an fdatasync begin. */
  function requests() {
    let begun = 0;
    const hook = createHook({
      init(_id, type) {
        if (type === "FSREQCALLBACK") begun++;
      },
    }).enable();
    onTestFinished(() => void hook.disable());
    return () => begun;
  }

  test("all that wait share one; who comes while it is under way gets the next", async () => {
    const { store, lease } = withRun();
    const writer = store.journal(ID, lease);
    writer.append([started("a")]);
    const begun = requests();
    const order: string[] = [];
    const told = (name: string) => () => void order.push(`${name}, of ${begun()}`);
    const first = writer.sync().then(told("first"));
    expect(begun()).toBe(1);
    const later = Array.from({ length: 100 }, () => writer.sync().then(told("later")));
    await Promise.all([first, ...later]);
    expect(order[0]).toMatch(/^first/);
    expect(order.slice(1)).toEqual(later.map(() => "later, of 2"));
    await writer.sync();
    expect(begun()).toBe(3);
    writer.close();
  });

  test("closing waits for the one under way, and for the one behind it", async () => {
    const { store, lease } = withRun();
    const writer = store.journal(ID, lease);
    const waiting = [writer.sync(), writer.sync()];
    writer.close();
    await expect(Promise.all(waiting)).resolves.toHaveLength(2);
  });

  test("a failure is everybody's", async () => {
    const { store, lease, journal } = withRun();
    rmSync(journal);
    // A pipe can be written to, and cannot be synced.
    execFileSync("/bin/sh", ["-c", 'mkfifo "$0"', journal]);
    const reader = openSync(journal, "r+");
    onTestFinished(() => closeSync(reader));
    const writer = store.journal(ID, lease);
    expect(writer.append([started("a")])).toMatchObject({ ok: true });
    const waiting = await Promise.allSettled([writer.sync(), writer.sync(), writer.sync()]);
    expect(waiting.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await expect(writer.sync()).rejects.toMatchObject({ code: "EINVAL" });
    writer.close();
  });
});
