import { expect, test } from "vitest";
import { scheduleInTurns } from "../../src/engine/owner/turns.ts";

/** A scheduler on a clock that each work item moves on by the time that it takes. */
function turning() {
  let now = 0;
  const done: string[] = [];
  const schedule = scheduleInTurns({ elapsed: () => now, defer: (work) => void setImmediate(work) });
  const work = (name: string, takes: number, then?: () => void) =>
    schedule(() => {
      now += takes;
      done.push(name);
      then?.();
    });
  return { done, work };
}
const turn = () => new Promise(setImmediate);

test("short work is done at once, in order", async () => {
  const { done, work } = turning();
  work("a", 3);
  work("b", 3);
  expect(done).toEqual(["a", "b"]);
  await turn();
  work("c", 3);
  expect(done).toEqual(["a", "b", "c"]);
});

test("long work is spread over several turns, in order", async () => {
  const { done, work } = turning();
  for (const name of ["a", "b", "c", "d", "e"]) work(name, 6);
  expect(done).toEqual(["a", "b"]);
  work("f", 1);
  await turn();
  expect(done).toEqual(["a", "b", "c", "d"]);
  await turn();
  expect(done).toEqual(["a", "b", "c", "d", "e", "f"]);
});

test("work that keeps scheduling work does not block the event loop", async () => {
  const { done, work } = turning();
  let left = 1_000;
  const again = () => {
    if (left-- > 0) work("again", 6, again);
  };
  again();
  let turns = 0;
  while (left > 0) {
    await turn();
    turns++;
  }
  await turn();
  expect(done).toHaveLength(1_000);
  expect(turns).toBeGreaterThan(300);
});

test("an error of one work item is thrown, and the others are done", async () => {
  const { done, work } = turning();
  expect(() =>
    work("a", 20, () => {
      throw new Error("no");
    }),
  ).toThrow("no");
  work("b", 1);
  expect(done).toEqual(["a"]);
  await turn();
  expect(done).toEqual(["a", "b"]);
});
