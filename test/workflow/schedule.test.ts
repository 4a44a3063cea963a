import { describe, expect, it } from "vitest";
import type { DependencyType } from "../../src/model/workflow.ts";
import { graphOf } from "../../src/workflow/graph/graph.ts";
import { criticalPath, levels, topologicalOrder } from "../../src/workflow/graph/schedule.ts";

const TYPES: Readonly<Record<string, DependencyType>> = {
  SS: "start_to_start",
  FF: "finish_to_finish",
  SF: "start_to_finish",
};

/** A graph over `size` steps, named a, b, c, …: `ab` is an edge from a to b, `ab SS` a start_to_start edge. */
function graph(size: number, ...pairs: string[]) {
  const index = (letter: string) => letter.charCodeAt(0) - 97;
  const edges = pairs.map((pair) => ({
    from: index(pair[0]!),
    to: index(pair[1]!),
    type: TYPES[pair.slice(3)] ?? "finish_to_start",
    condition: undefined,
    origin: "dependency" as const,
  }));
  return graphOf(size, edges);
}

const diamond = graph(5, "ab", "ac", "bd", "cd", "bd");

describe("steps tied by finish_to_start", () => {
  it("levels puts each step one level after its latest predecessor", () => {
    expect(levels(diamond)).toEqual([[0, 4], [1, 2], [3]]);
    expect(levels(graph(0))).toEqual([]);
  });

  it("topologicalOrder takes the step defined first among those that are ready", () => {
    expect(topologicalOrder(diamond)).toEqual([0, 1, 2, 3, 4]);
    expect(topologicalOrder(graph(6, "fa", "fc", "fb", "ed", "ca"))).toEqual([4, 3, 5, 1, 2, 0]);
    expect(topologicalOrder(graph(8, "hg", "hf", "he", "hd", "hc", "hb", "ha"))).toEqual([7, 0, 1, 2, 3, 4, 5, 6]);
    expect(topologicalOrder(graph(3, "ab", "ba"))).toEqual([2]);
  });

  it("criticalPath counts steps or weights", () => {
    expect(criticalPath(diamond)).toEqual([0, 1, 3]);
    expect(criticalPath(diamond, (index) => (index === 2 ? 5 : 1))).toEqual([0, 2, 3]);
    expect(criticalPath(diamond, (index) => (index === 4 ? 99 : 1))).toEqual([4]);
    expect(criticalPath(graph(0))).toEqual([]);
  });
});

describe("steps tied by other dependency types", () => {
  it("levels puts a step on the level where the step may start", () => {
    expect(levels(graph(4, "ab", "bc SS", "ad FF"))).toEqual([
      [0, 3],
      [1, 2],
    ]);
    expect(levels(graph(2, "ab SF"))).toEqual([[0, 1]]);
  });

  it("criticalPath follows only finish_to_start edges", () => {
    expect(criticalPath(graph(3, "ab", "bc SS"))).toEqual([0, 1]);
    expect(criticalPath(graph(3, "ab", "bc FF"))).toEqual([0, 1]);
    expect(criticalPath(graph(3, "ab", "bc FF"), (index) => (index === 2 ? 9 : 1))).toEqual([2]);
  });

  it("topologicalOrder continues with other steps while the finish of a step is held back", () => {
    expect(topologicalOrder(graph(3, "ba SS", "ca FF"))).toEqual([1, 0, 2]);
    // a spans b: b starts after a starts, a finishes after b, and c follows a.
    expect(topologicalOrder(graph(3, "ab SS", "ba FF", "ac"))).toEqual([0, 1, 2]);
    // No step of a start_to_start cycle can start.
    expect(topologicalOrder(graph(3, "ab SS", "ba SS"))).toEqual([2]);
  });
});
