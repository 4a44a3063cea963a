import { createMemoryStore } from "../../src/store/memory.ts";
import { systemScheduler } from "../../src/system/scheduler.ts";
import { slowStore } from "../rig/slow-store.ts";
import { storeSuite } from "../suites/store.suite.ts";

storeSuite("memory store", () => createMemoryStore());

/** Answers in the next turn, however long they would take. */
const nextTurn = {
  ...systemScheduler,
  alarm(_: number, ring: () => void) {
    setImmediate(ring);
    return () => {};
  },
};
storeSuite("a memory store that answers later", () => slowStore(createMemoryStore(), nextTurn));
