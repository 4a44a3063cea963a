import type { Scheduler } from "../../src/model/contracts/scheduler.ts";
import type { Journal, Lease, Store } from "../../src/model/contracts/store.ts";

/** How long each answer takes, in milliseconds. */
const ANSWER_MS = 7;

/**
 * A store that answers later, as a database does: each request takes effect now, and its answer comes after a while.
 */
export function slowStore(store: Store, scheduler: Scheduler): Store {
  const later = async <T>(answer: T | Promise<T>): Promise<T> => {
    const value = await answer;
    await new Promise<void>((resolve) => void scheduler.alarm(ANSWER_MS, resolve));
    return value;
  };
  const lease = (held: Lease): Lease => ({
    epoch: held.epoch,
    held: () => later(held.held()),
    beat: () => later(held.beat()),
    mark: () => later(held.mark()),
    release: () => later(held.release()),
  });
  const maybeLease = async (held: Promise<Lease | undefined>) => {
    const one = await held;
    return one && lease(one);
  };
  const { inbox, snapshots, keys } = store;
  return {
    create: (...args) => maybeLease(later(store.create(...args))),
    list: () => later(store.list()),
    definition: (id) => later(store.definition(id)),
    read: (...args) => later(store.read(...args)),
    size: (id) => later(store.size(id)),
    lease: (id) => later(store.lease(id)),
    acquire: (...args) => maybeLease(later(store.acquire(...args))),
    journal(id, held): Journal {
      const journal = store.journal(id, held);
      return {
        append: (events) => later(journal.append(events)),
        sync: () => later(journal.sync()),
        close: () => journal.close(),
      };
    },
    salvage: (...args) => later(store.salvage(...args)),
    sweep: (id) => later(store.sweep(id)),
    inbox: {
      put: (...args) => later(inbox.put(...args)),
      list: (id) => later(inbox.list(id)),
      remove: (...args) => later(inbox.remove(...args)),
    },
    snapshots: { get: (id) => later(snapshots.get(id)), put: (...args) => later(snapshots.put(...args)) },
    keys: { find: (key) => later(keys.find(key)), claim: (...args) => later(keys.claim(...args)) },
    trust: store.trust,
    files: (...args) => store.files(...args),
  };
}
