import type { Scenario } from "./scenario.ts";

/** Scenarios that once broke an invariant, whole: a change of what seeds decide must not change them. */
export const FOUND: Readonly<Record<string, Scenario>> = {
  /** Its owner was killed between `restore_requested` and `run_restored`, and no other process took the run over. */
  "a paused run that is being restored needs an owner": {
    seed: 64,
    ...{ slots: 3, answers: "at once", durability: "power", sequential: true, maxParallel: 3, snapshotEvery: 9 },
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
};
