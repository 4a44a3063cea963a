import { appendFileSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadRun } from "../../src/engine/owner/load-run.ts";
import type { SupervisorOptions } from "../../src/engine/supervisor.ts";
import { START } from "../../src/model/contracts/store.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { ownIdentity } from "../../src/system/process.ts";
import { scratch } from "../rig/baton.ts";
import { rigEngine, supervisorOf, workflowOf } from "../rig/engine.ts";
import { VirtualScheduler } from "../rig/scheduler.ts";
import { storeIn } from "../rig/store.ts";

const HOUR = 3_600_000;

/** A run with the temporary file of an owner that was killed two hours ago while writing a snapshot. */
async function runWithTemporary() {
  const directory = scratch();
  const scheduler = new VirtualScheduler(Date.now());
  const rig = rigEngine({
    scheduler,
    store: storeIn(directory, { now: () => scheduler.now() }),
  });
  const id = await rig.start(workflowOf([{ id: "a" }]));
  const left = join(directory, "runs", id, ".tmp-left");
  writeFileSync(left, "{");
  const then = (scheduler.now() - 2 * HOUR) / 1000;
  utimesSync(left, then, then);
  const watch = (orphans: SupervisorOptions["orphans"]) => {
    const watch = supervisorOf(rig, { heartbeat: 2_000, resumeWithin: HOUR, orphans });
    onTestFinished(() => watch.stop());
    watch.start();
    return watch;
  };
  return { scheduler, left, watch };
}

test("a supervisor that adopts orphans also removes old temporary files", async () => {
  const { scheduler, left, watch } = await runWithTemporary();
  watch("adopt");
  expect(existsSync(left)).toBe(true);
  await scheduler.pass(2_000);
  expect(existsSync(left)).toBe(false);
});

test("a supervisor that adopts no orphans removes no temporary files", async () => {
  const { scheduler, left, watch } = await runWithTemporary();
  watch("nothing");
  watch("adopt").stop();
  await scheduler.pass(10_000);
  expect(existsSync(left)).toBe(true);
});

describe("a run that cannot be continued", () => {
  const dead = JSON.stringify({ format: 2, ...ownIdentity(), pid: 2 ** 30 });

  /** Two orphans, a second engine with a supervisor, and the directory of the first orphan for damage. */
  async function orphans() {
    const directory = scratch();
    const scheduler = new VirtualScheduler(Date.now());
    const rest = { now: () => scheduler.now(), elapsed: () => scheduler.elapsed() };
    const first = rigEngine({ scheduler, store: storeIn(directory, rest) });
    const bad = await first.start(workflowOf([{ id: "a" }, { id: "b", condition: "on_complete(a)" }]));
    const good = await first.start(workflowOf([{ id: "a" }]));
    const run = join(directory, "runs", bad);
    for (const id of [bad, good]) writeFileSync(join(directory, "runs", id, "lease.1"), dead);
    const second = rigEngine({ scheduler, store: storeIn(directory, rest) });
    const watch = supervisorOf(second, { heartbeat: 2_000, resumeWithin: HOUR, orphans: "adopt" });
    onTestFinished(() => watch.stop());
    const look = async () => {
      watch.start();
      await scheduler.pass(3_000);
    };
    return { directory, second, bad, good, run, look };
  }

  /** Adds `count` owners that took the run one after the other and died before their first decision. */
  function deaths(run: string, count: number): void {
    for (let epoch = 2; epoch < 2 + count; epoch++) {
      writeFileSync(join(run, `lease.${epoch}`), dead);
      const taken = { at: Date.now(), epoch, type: "lease_taken", pid: 1 };
      appendFileSync(join(run, "journal.jsonl"), `\n${JSON.stringify(taken)}\n`);
    }
  }

  test("a run is quarantined after three owners died in a row", async () => {
    const { second, bad, good, run, look } = await orphans();
    // The first of them counts the attempt in flight as crashed, which writes an event.
    deaths(run, 3);
    await look();
    expect(await second.engine.observe(bad)).toMatchObject({ problem: { kind: "quarantined" } });
    expect(second.engine.ownedLoops().map(({ id }) => id)).toEqual([good]);
    expect(second.logged).toEqual([expect.stringContaining(`${bad} is not executed`)]);
    expect(await second.engine.send(bad, { id: "m1", action: "pause" }, true)).toMatchObject({
      error: { reason: "damaged", hint: expect.stringContaining("--force") },
    });
    expect(await second.engine.send(bad, { id: "m2", action: "cancel" }, true)).toEqual({ ok: true, value: undefined });
    expect((await second.engine.observe(bad))!.state.status).toBe("cancelled");
  });

  test("a quarantined run can be adopted with force", async () => {
    const { second, bad, run } = await orphans();
    deaths(run, 3);
    expect(await second.engine.adopt(bad)).toMatchObject({ error: { reason: "damaged" } });
    expect((await second.engine.adopt(bad, { force: true })).ok).toBe(true);
    expect((await second.engine.observe(bad))!.problem).toBeUndefined();
    second.engine.abandonAll();
  });

  test("a run with two dead owners, or an owner's event, is not quarantined", async () => {
    const { second, bad, run } = await orphans();
    deaths(run, 2);
    expect((await second.engine.observe(bad))!.problem).toBeUndefined();
    appendFileSync(join(run, "journal.jsonl"), `${JSON.stringify({ at: Date.now(), epoch: 3, type: "owner_left" })}\n`);
    writeFileSync(join(run, "lease.4"), dead);
    expect((await second.engine.observe(bad))!.problem).toBeUndefined();
  });

  const rename = (run: string, id: string) => {
    const path = join(run, "journal.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace(/wf_\w+/, id));
  };

  test.each<[string, (run: string, directory: string) => void]>([
    ["an unreadable first line", (run) => writeFileSync(join(run, "journal.jsonl"), '{"at": 1, "ep\n')],
    ["a first line of another run", (run) => rename(run, "wf_0000000000")],
    ["a missing lease", (run) => deaths(run, 1)],
    ["a directory that is a file", (_, directory) => writeFileSync(join(directory, "runs", "wf_0000000000"), "")],
    ["no journal", (run) => writeFileSync(join(run, "journal.jsonl"), "")],
  ])("a run with %s harms no other run", async (what, damage) => {
    const { directory, second, bad, good, run, look } = await orphans();
    damage(run, directory);
    if (what === "a missing lease") rmSync(join(run, "lease.2"));
    await look();
    expect(second.engine.ownedLoops().map(({ id }) => id)).toContain(good);
    if (!what.includes("file")) {
      expect(await second.engine.observe(bad)).toMatchObject({ problem: { kind: "corrupt" }, plan: { size: 2 } });
      expect(await second.engine.adopt(bad)).toMatchObject({ error: { reason: "damaged" } });
    }
  });
});

test("reading a journal evaluates no expression", async () => {
  const scheduler = new VirtualScheduler();
  const store = createMemoryStore({ now: () => scheduler.now() });
  const first = rigEngine({ scheduler, store });
  const id = await first.start(workflowOf([{ id: "a" }, { id: "b", condition: 'steps.a.output == "x"' }], []));
  first.stage.end("a.1", { outcome: "completed", output: "x" });
  first.engine.abandonAll();
  const loaded = (await loadRun(store, [first.stage.type], id))!;
  expect([...loaded.state.gates]).toEqual([]);
  // All events before the start of `b`: the journal holds the result of its gate only as the events that followed.
  const events = store.read(id, START)!.events;
  const started = events.findIndex((event) => event.type === "step_started" && event.step === "b");
  const before = (await loadRun(
    { ...store, read: () => ({ ...store.read(id, START)!, events: events.slice(0, started) }) },
    [first.stage.type],
    id,
  ))!;
  expect([...before.state.gates]).toEqual([1]);
  expect(before.state.steps[1]!.status).toBe("pending");
});
