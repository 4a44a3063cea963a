import type { Observer } from "../../src/model/contracts/observer.ts";
import type { Store } from "../../src/model/contracts/store.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { scratch } from "../rig/baton.ts";
import { rigEngine, supervisorOf } from "../rig/engine.ts";
import { VirtualScheduler } from "../rig/scheduler.ts";
import { slowStore } from "../rig/slow-store.ts";
import { storeIn } from "../rig/store.ts";
import { type EnginePair, engineSuite } from "../suites/engine.suite.ts";

/** Two engines over one store, as two processes have them. */
const pairOver =
  (storeOf: (scheduler: VirtualScheduler) => Store) =>
  (observers: readonly Observer[] = []): EnginePair => {
    const scheduler = new VirtualScheduler(Date.now());
    const store = storeOf(scheduler);
    const [one, other] = [0, 1].map(() => rigEngine({ store, scheduler, observers })) as [Rig, Rig];
    const options = { heartbeat: 2_000, resumeWithin: 3_600_000, orphans: "nothing" } as const;
    return { scheduler, one, other, supervise: () => [one, other].map((rig) => supervisorOf(rig, options).start()) };
  };
type Rig = ReturnType<typeof rigEngine>;

const memory = (scheduler: VirtualScheduler) => createMemoryStore({ now: () => scheduler.now() });

engineSuite("an engine over memory", pairOver(memory));
engineSuite(
  "an engine over a slow store",
  pairOver((scheduler) => slowStore(memory(scheduler), scheduler)),
);
engineSuite(
  "an engine over files",
  pairOver((scheduler) => storeIn(scratch(), { now: () => scheduler.now() })),
);
