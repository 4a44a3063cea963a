import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Watch, type WatchOptions } from "../../src/engine/watch.ts";
import { scratch } from "../rig/baton.ts";
import { VirtualClock } from "../rig/clock.ts";
import { rigEngine, workflowOf } from "../rig/engine.ts";
import { storeIn } from "../rig/store.ts";

const HOUR = 3_600_000;

/** A run, and what an owner left that was killed two hours ago, in the middle of a snapshot. */
async function halfMade() {
  const directory = scratch();
  const clock = new VirtualClock(Date.now());
  const rig = rigEngine({
    clock,
    store: storeIn(directory, { now: () => clock.now() }),
  });
  const id = await rig.start(workflowOf([{ id: "a" }]));
  const left = join(directory, "runs", id, ".tmp-left");
  writeFileSync(left, "{");
  const then = (clock.now() - 2 * HOUR) / 1000;
  utimesSync(left, then, then);
  const watch = (orphans: WatchOptions["orphans"]) => {
    const watch = new Watch(rig.engine, { heartbeat: 2_000, resumeWithin: HOUR, orphans });
    onTestFinished(() => watch.stop());
    watch.start();
    return watch;
  };
  return { clock, left, watch };
}

test("who looks after orphans sweeps, too, what they left half-made", async () => {
  const { clock, left, watch } = await halfMade();
  watch("adopt");
  expect(existsSync(left)).toBe(true);
  await clock.pass(2_000);
  expect(existsSync(left)).toBe(false);
});

test("who executes nothing, or was started only to be ended again, sweeps nothing", async () => {
  const { clock, left, watch } = await halfMade();
  watch("nothing");
  watch("adopt").stop();
  await clock.pass(10_000);
  expect(existsSync(left)).toBe(true);
});
