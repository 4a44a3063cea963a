import { Heap } from "../../src/model/data/heap.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { RunState } from "../../src/model/run-state.ts";

/** How many elements the rules have read. */
export interface Reads {
  /** Of lists, maps and sets of the plan and of the state. */
  lists: number;
  /** Of heaps, where an operation reads O(log n) entries. */
  heaps: number;
}

type Indexed = unknown[] | Int32Array | Uint8Array;

/**
 * The same plan and state, but they count what others read of them: an operation that walks all steps shows, on any
 * machine. A lookup in a map or set costs the same whatever its size, so only walks through them count.
 * @param heaps whether heaps count too, which takes longer than all the rest
 */
export function countingReads(
  plan: Plan,
  state: RunState,
  heaps: boolean,
): { plan: Plan; state: RunState; reads: Reads } {
  const reads: Reads = { lists: 0, heaps: 0 };
  const { workflow, successors, predecessors } = plan;
  const list = (value: Indexed) => countedList(value, (count) => (reads.lists += count));
  const counted = <T extends object>(of: T): T =>
    Object.assign(
      of,
      Object.fromEntries(
        Object.entries(of).map(([name, value]) => {
          if (isIndexed(value)) return [name, list(value)];
          if (value instanceof Map || value instanceof Set) countWalks(value, () => reads.lists++);
          if (value instanceof Heap && heaps) countHeap(value, (count) => (reads.heaps += count));
          return [name, value];
        }),
      ),
    );
  for (const heap of (heaps && state.lanes.values()) || []) countHeap(heap, (count) => (reads.heaps += count));
  const known = {
    workflow: counted({ ...workflow }),
    successors: counted(successors),
    predecessors: counted(predecessors),
  };
  return { plan: counted(Object.assign(plan, known)), state: counted(state), reads };
}

const isIndexed = (value: unknown): value is Indexed =>
  Array.isArray(value) || value instanceof Int32Array || value instanceof Uint8Array;

function countedList<T extends Indexed>(list: T, add: (count: number) => void): T {
  const get: (target: T, key: string | symbol) => unknown = Array.isArray(list)
    ? (target, key) => {
        if (isIndex(key)) add(1);
        return target[key as never];
      }
    : (target, key) => {
        if (isIndex(key)) add(1);
        const value: unknown = target[key as never];
        if (typeof value !== "function") return value;
        // The methods of typed arrays work only on themselves, and each walks the whole.
        add(target.length);
        return value.bind(target);
      };
  return new Proxy(list, { get });
}

/** Lists have no other properties that begin with a digit. A read at -1 finds nothing. */
const isIndex = (key: string | symbol): boolean =>
  typeof key === "string" && key.charCodeAt(0) <= 57 && key.charCodeAt(0) >= 48;

function countWalks(collection: Map<unknown, unknown> | Set<unknown>, add: () => void): void {
  for (const name of ["keys", "values", "entries", Symbol.iterator] as const) {
    const walk = collection[name].bind(collection) as () => Iterator<unknown>;
    Object.defineProperty(collection, name, {
      *value() {
        for (const iterator = walk(); ; ) {
          const { done, value } = iterator.next();
          if (done) return;
          add();
          yield value;
        }
      },
    });
  }
}

/** The entries of a heap are private to it. */
function countHeap(heap: Heap, add: (count: number) => void): void {
  const inside = heap as unknown as { items: unknown[] };
  inside.items = countedList(inside.items, add);
}
