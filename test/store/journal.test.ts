import { createHook } from "node:async_hooks";
import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, closeSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { START } from "../../src/model/contracts/store.ts";
import { JOURNAL_FORMAT, type JournalEvent } from "../../src/model/event.ts";
import { EVENT_SCHEMAS } from "../../src/run/schemas.ts";
import { scratch } from "../rig/baton.ts";
import { bundle } from "../rig/bundle.ts";
import { runs } from "../rig/rules/runs.ts";
import { created } from "../rig/rules/workflow.ts";
import { definition, ID, started, taken } from "../suites/store.suite.ts";
import { open, withRun } from "./run.ts";

const text = (events: readonly JournalEvent[]) => events.map((event) => `${JSON.stringify(event)}\n`).join("");

/**
 * The content of a journal that was cut after some bytes: its whole events, and whether there is a piece of another.
 */
function cutAt(events: readonly JournalEvent[], length: number) {
  let end = 0;
  const whole = events.filter((event) => {
    end += Buffer.byteLength(JSON.stringify(event)) + 1;
    // Only the newline is missing: the newline of the next owner completes the event.
    return end - 1 <= length;
  });
  const rest = length - Buffer.byteLength(text(whole));
  return { whole, torn: rest > 0 };
}

describe("a torn tail", () => {
  /** Replaces the journal with these bytes, takes over the run, and reads it. */
  function takenOver({ store, run, journal }: ReturnType<typeof withRun>, bytes: Buffer, epoch = 2) {
    writeFileSync(journal, bytes);
    rmSync(join(run, `lease.${epoch}`), { force: true });
    store.journal(ID, store.acquire(ID, epoch)!).append([taken(epoch)]);
    return store.read(ID, START)!;
  }

  test("a journal cut within its last write keeps all whole events", () => {
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

  test("a journal stays readable if the next owner also dies in its first write", () => {
    const given = withRun();
    const torn = Buffer.from(text([created(), started("a")])).subarray(0, -10);
    const second = Buffer.from(`\n${text([taken(2)])}`);
    given.store.acquire(ID, 2);
    for (let length = 1; length <= second.length; length++) {
      const page = takenOver(given, Buffer.concat([torn, second.subarray(0, length)]), 3);
      // Only the newline of the second owner's event may be missing.
      const whole = length >= second.length - 1;
      expect(page.events).toEqual([created(), ...(whole ? [taken(2)] : []), taken(3)]);
      expect(page.problems.map(({ kind }) => kind)).toEqual(whole || length === 1 ? ["torn"] : ["torn", "torn"]);
    }
  });

  test("more unreadable lines than previous owners are damage", () => {
    const page = takenOver(withRun(), Buffer.from(`${text([created()])}{"at":1\n{"at":2`));
    expect(page.events).toEqual([created()]);
    expect(page.problems.map(({ kind }) => kind)).toEqual(["corrupt"]);
  });

  test("after a takeover, any prefix of a journal reads as a prefix of its events", () => {
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
      { numRuns: runs(200) },
    );
  });

  test("a reader that follows a journal byte by byte sees each event once", () => {
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

describe("reading a journal", () => {
  test.each([
    ["text", "garbage"],
    ["bytes that are not text", Buffer.from([0xff, 0xfe, 0x80, 0, 0xc3])],
    ["a hole left by a power cut", Buffer.alloc(4096)],
    ["an event without its time", '{"epoch": 1, "type": "run_resumed"}'],
    ["two events on one line", JSON.stringify(started("a")).repeat(2)],
    ["JSON that is not an event", '{"some": "thing"}'],
    ["an event of no known type", '{"at": 1, "epoch": 1, "type": "moon_landed"}'],
    ["null", "null"],
  ])("a line with %s damages the journal, and later events do not count", (_, line) => {
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

  test("a journal of a newer format is readable despite unknown events", () => {
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

  test("events of every type are read", () => {
    const { store, journal } = withRun();
    const types = [...EVENT_SCHEMAS.keys()].filter((type) => type !== "run_created");
    appendFileSync(journal, types.map((type) => `${JSON.stringify({ at: 1, epoch: 1, type })}\n`).join(""));
    expect(store.read(ID, START)!.events.map(({ type }) => type)).toEqual(["run_created", ...types]);
  });

  test("reads a journal line of 5 MB", () => {
    const { store, lease } = withRun();
    const long = { ...started("a"), type: "step_completed", output: "x".repeat(5_000_000) } as JournalEvent;
    store.journal(ID, lease).append([long]);
    expect(store.read(ID, START)!.events[1]).toEqual(long);
  });
});

describe("writing a journal", () => {
  let appender: string;
  let fuller: string;
  beforeAll(async () => {
    [appender, fuller] = await Promise.all([
      bundle(new URL("appender.ts", import.meta.url)),
      bundle(new URL("fuller.ts", import.meta.url)),
    ]);
  });

  /** Simulates a full disk by a limit on file sizes: 2 kB or 4 kB, depending on the shell's block size. */
  async function appendToTheLimit(directory: string, meanwhile: string) {
    const script = `trap "" XFSZ; ulimit -f 4; exec "$0" "$@"`;
    const { stdout } = await promisify(execFile)("/bin/sh", [
      ...["-c", script, process.execPath, appender, directory, ID, meanwhile],
    ]);
    return JSON.parse(stdout);
  }

  test("a write to a full disk is undone, and smaller writes succeed", async () => {
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

  test("an owner gives up the run rather than truncate a foreign write", async () => {
    const { directory, store } = withRun();
    const said = await appendToTheLimit(directory, "foreign");
    expect(said.large.error.reason).toBe("lost");
    const events = store.read(ID, START)!.events;
    expect(events.slice(0, 3)).toMatchObject([created(), { pid: 1 }, { pid: 2, epoch: 1 }]);
    // The partial write stays, and the next owner skips it.
    store.journal(ID, store.acquire(ID, 3)!).append([taken(3)]);
    const page = store.read(ID, START)!;
    expect(page.events).toEqual([...events, taken(3)]);
    expect(page.problems.map(({ kind }) => kind)).toEqual(["torn"]);
  });

  test("an owner does not truncate a journal that another process has taken over", async () => {
    const { directory, journal } = withRun();
    const said = await appendToTheLimit(directory, "taken");
    expect(said.large.error.reason).toBe("lost");
    expect(statSync(journal).size % 2048).toBe(0);
  });

  test("calls on a full file system fail cleanly, and work again afterwards", async ({ skip }) => {
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
    skip(!allowed, "this machine does not let users mount a file system");
    const said = JSON.parse((await onSmallDisk('exec "$1" "$2" "$0"')).stdout);
    expect(said.full.error.reason).toBe("disk_full");
    const ENOSPC = "ENOSPC";
    expect(said.tried).toEqual({ create: ENOSPC, put: ENOSPC, claim: ENOSPC, snapshot: "done", acquire: ENOSPC });
    // An owner that could not write anything uses up no epoch.
    expect(said.left).toEqual([]);
    expect(said.lease).toMatchObject({ state: "held", epoch: 1 });
    expect(said.again.ok).toBe(true);
    expect(said.read.events).toMatchObject([created(), { pid: 1 }]);
    expect(said.read.problems).toEqual([]);
    expect(said.list).toEqual([ID]);
  });
});

describe("the grouped sync of a journal", () => {
  /** Counts this process's file system requests: there is no other way to see an fdatasync start. */
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

  test("waiting callers share one fdatasync, and later callers share the next", async () => {
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

  test("closing a journal waits for the running fdatasync and the next one", async () => {
    const { store, lease } = withRun();
    const writer = store.journal(ID, lease);
    const waiting = [writer.sync(), writer.sync()];
    writer.close();
    await expect(Promise.all(waiting)).resolves.toHaveLength(2);
  });

  test("a failed fdatasync rejects all current and later callers", async () => {
    const { store, lease, journal } = withRun();
    const lowest = openSync(journal, "r");
    closeSync(lowest);
    const writer = store.journal(ID, lease);
    // A pipe can be written but not synced. A journal that is a pipe is refused, so the descriptor becomes one
    // afterwards.
    closeSync(lowest);
    execFileSync("/bin/sh", ["-c", 'mkfifo "$0"', `${journal}.pipe`]);
    expect(openSync(`${journal}.pipe`, "r+")).toBe(lowest);
    expect(writer.append([started("a")])).toMatchObject({ ok: true });
    const waiting = await Promise.allSettled([writer.sync(), writer.sync(), writer.sync()]);
    expect(waiting.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await expect(writer.sync()).rejects.toMatchObject({ code: "EINVAL" });
    writer.close();
  });
});
