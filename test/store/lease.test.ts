import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ownIdentity } from "../../src/system/process.ts";
import { bundle } from "../rig/bundle.ts";
import { ID } from "../suites/store.suite.ts";
import { open, until, withRun } from "./run.ts";

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

  test("one of ten processes that race for an epoch wins", async () => {
    const { directory, store, lease } = withRun();
    const racers = await Promise.all(Array.from({ length: 10 }, () => race(directory, 2)));
    const winners = racers.filter(({ won }) => won);
    expect(winners).toHaveLength(1);
    expect(lease.held()).toBe(false);
    expect(store.lease(ID)).toMatchObject({ state: "held", epoch: 2, holder: { pid: winners[0]!.child.pid } });
  });

  test("the holder of a lease is dead as soon as its process is killed", async () => {
    const { directory, store } = withRun();
    const { child } = await race(directory, 2);
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    expect(store.lease(ID)).toMatchObject({ state: "dead", epoch: 2 });
  });

  test("a killed lease holder that is a zombie is dead", async () => {
    const { directory, store } = withRun();
    // The shell becomes a program that never waits for its child.
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

  test("a frozen holder is stale once two reads find an old heartbeat", async () => {
    const { directory, run } = withRun();
    const { child } = await race(directory, 2);
    let elapsed = 0;
    const store = open(directory, { elapsed: () => elapsed });
    child.kill("SIGSTOP");
    const beat = (secondsAgo: number) => {
      const past = Date.now() / 1000 - secondsAgo;
      utimesSync(join(run, "lease.2"), past, past);
    };
    // The holder may only be busy, or the clock may have been set forward.
    for (const seconds of [16, 59, 3_600]) {
      beat(seconds);
      expect(store.lease(ID).state).toBe("held");
    }
    elapsed += 3_749;
    expect(store.lease(ID).state).toBe("held");
    elapsed += 1;
    expect(store.lease(ID).state).toBe("stale");
    // A new heartbeat counts, however old it looks.
    beat(3_500);
    expect(store.lease(ID).state).toBe("held");
  });

  describe("an owner that died before its first decision", () => {
    const dead = { format: 2, ...ownIdentity(), pid: 2 ** 30 };
    const lease = (run: string, epoch: number, text: string) => writeFileSync(join(run, `lease.${epoch}`), text);

    test("counts up to three owners in a row that died undecided", () => {
      const { store, run } = withRun();
      for (const epoch of [2, 3, 4, 5]) lease(run, epoch, JSON.stringify(dead));
      expect(store.lease(ID)).toMatchObject({ state: "dead", epoch: 5, undecided: 3 });
      lease(run, 4, `${JSON.stringify(dead)}\ndecided\n`);
      expect(store.lease(ID)).toMatchObject({ state: "dead", epoch: 5, undecided: 1 });
    });

    test("does not count decided, released or format 1 leases as undecided", () => {
      const { store, run, lease: own } = withRun();
      expect(own.mark()).toBe(true);
      expect(readFileSync(join(run, "lease.1"), "utf8")).toMatch(/^\{.*\}\ndecided\n$/);
      const { format: _, ...former } = dead;
      lease(run, 2, JSON.stringify(former));
      expect(store.lease(ID).undecided).toBeUndefined();
      lease(run, 3, JSON.stringify(dead));
      utimesSync(join(run, "lease.3"), 0, 0);
      lease(run, 4, JSON.stringify(dead));
      expect(store.lease(ID).undecided).toBe(1);
    });
  });

  test.each([
    ["of another boot", { bootId: "another" }],
    ["of another pid namespace", { pidNamespace: "pid:[1]" }],
    ["of a lease that is being written", undefined],
  ])("judges a holder %s by its heartbeat alone", (_, other) => {
    const { store, run } = withRun();
    const path = join(run, "lease.2");
    writeFileSync(path, other ? JSON.stringify({ ...ownIdentity(), pid: 2 ** 30, ...other }) : "");
    expect(store.lease(ID).state).toBe("held");
    const past = Date.now() / 1000 - 16;
    utimesSync(path, past, past);
    expect(store.lease(ID).state).toBe("stale");
  });

  test("a lease holder is dead if its pid belongs to a later process", () => {
    const { store, run } = withRun();
    writeFileSync(join(run, "lease.2"), JSON.stringify({ ...ownIdentity(), processStarted: "1" }));
    expect(store.lease(ID).state).toBe("dead");
  });

  test("a released lease is free, and its epoch cannot be acquired again", () => {
    const { directory, store, lease } = withRun();
    lease.release();
    expect(open(directory).lease(ID)).toEqual({ state: "free", epoch: 1 });
    expect(open(directory).acquire(ID, 1)).toBeUndefined();
    expect(store.acquire(ID, 2)!.held()).toBe(true);
  });

  test("a lease of a removed run is no longer held after the next heartbeat", () => {
    const { lease, run } = withRun();
    rmSync(run, { recursive: true });
    lease.beat();
    expect(lease.held()).toBe(false);
  });

  test("a beat renews the heartbeat of a lease", () => {
    const { store, lease, run } = withRun();
    utimesSync(join(run, "lease.1"), 5, 5);
    lease.beat();
    expect(store.lease(ID).lastBeat).toBeGreaterThan(1_000_000);
  });
});
