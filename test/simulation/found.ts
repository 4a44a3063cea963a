import type { Scenario } from "./scenario.ts";

/** Scenarios that once broke an invariant, whole: a change of what seeds decide must not change them. */
export const FOUND: Readonly<Record<string, Scenario>> = {
  /** Its owner was killed between `restore_requested` and `run_restored`, and no other process took the run over. */
  "a paused run that is being restored needs an owner": {
    seed: 64,
    ...{
      slots: 3,
      answers: "at once",
      durability: "power",
      sequential: true,
      code: false,
      maxParallel: 3,
      snapshotEvery: 9,
    },
    steps: [
      { id: "s0", retry: { retries: 0, delay: 2669 } },
      { id: "s1", retry: { retries: 1, delay: 2591 }, timeout: 2769, onCrash: "ask" },
      { id: "s2", retry: { retries: 2, delay: 1491 } },
    ],
    dependencies: [{ from: "s1", to: "s2" }],
    limits: [{ steps: ["s0", "s2"], max: 1 }],
    actions: [
      { at: 1627, kind: "ask", slot: 0, action: "pause", executes: true },
      { at: 2465, kind: "ask", slot: 2, action: "pause", executes: true },
      { at: 2769, kind: "freeze", slot: 1, ms: 270 },
      { at: 4689, kind: "ask", slot: 2, action: "restore", executes: true },
      { at: 4793, kind: "disk", failure: "lost", ms: 2012 },
      { at: 6661, kind: "ask", slot: 0, action: "pause", executes: false },
      { at: 7305, kind: "disk", failure: "disk_full", ms: 1612 },
      { at: 7539, kind: "kill", slot: 1, back: 452 },
      { at: 9071, kind: "freeze", slot: 0, ms: 499 },
      { at: 9703, kind: "kill", slot: 0, back: 4211 },
    ],
  },
  /** It was frozen between its `lease_taken` and the killing of orphans. It then read the events of the next owner. */
  "a process that lost a run while it took it over kills nothing of the next owner": {
    seed: 210567,
    ...{
      slots: 3,
      answers: "later",
      durability: "process",
      sequential: false,
      code: false,
      maxParallel: 1,
      snapshotEvery: 21,
    },
    steps: [{ id: "s0", retry: { retries: 2, delay: 1380 } }],
    dependencies: [],
    limits: [],
    actions: [
      { at: 218, kind: "ask", slot: 2, action: "pause", executes: true },
      { at: 573, kind: "kill", slot: 0, back: 7620 },
      { at: 605, kind: "clock", slot: 1, by: 59339.63982388377 },
      { at: 669, kind: "ask", slot: 1, action: "resume", executes: true },
      { at: 864, kind: "freeze", slot: 1, ms: 124179 },
      { at: 5252, kind: "leave", slot: 2, back: 7653 },
      { at: 5606, kind: "ask", slot: 0, action: "checkpoint", executes: true },
      { at: 5631, kind: "ask", slot: 0, action: "resume", executes: true },
      { at: 5730, kind: "tear", slot: 0, written: 1, back: 281 },
      { at: 7775, kind: "ask", slot: 1, action: "checkpoint", executes: false },
      { at: 9059, kind: "ask", slot: 2, action: "cancel", executes: true },
      { at: 9078, kind: "disk", failure: "disk_full", ms: 250 },
      { at: 11553, kind: "disk", failure: "disk_full", ms: 3172 },
      { at: 11916, kind: "clock", slot: 2, by: 27627.685572952032 },
    ],
  },
};
