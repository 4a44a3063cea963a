import { describe, expect, it } from "vitest";
import { ancestors, descendants, findCycle, findCycles, graphOf, layers } from "../../src/workflow/graph/graph.ts";

/** A graph over `size` steps, named a, b, c, …: `ab` is an edge from a to b. */
function graph(size: number, ...pairs: string[]) {
  const index = (letter: string) => letter.charCodeAt(0) - 97;
  const edges = pairs.map((pair) => ({ from: index(pair[0]!), to: index(pair[1]!) }));
  return graphOf(size, edges);
}

const diamond = graph(5, "ab", "ac", "bd", "cd", "bd");

describe("walks over a graph", () => {
  it("graphOf indexes edges by successors and by predecessors, without duplicates", () => {
    expect([...diamond.successors.offsets]).toEqual([0, 2, 4, 5, 5, 5]);
    expect([...diamond.successors.list]).toEqual([0, 1, 2, 4, 3]);
    expect([...diamond.predecessors.list]).toEqual([0, 1, 2, 3, 4]);
  });

  it("layers puts each step one layer after its latest predecessor", () => {
    expect(layers(diamond)).toEqual([[0, 4], [1, 2], [3]]);
    expect(layers(graph(0))).toEqual([]);
  });

  it("descendants and ancestors leave out the step itself", () => {
    expect(descendants(diamond, 0)).toEqual([1, 2, 3]);
    expect(descendants(diamond, 1)).toEqual([3]);
    expect(ancestors(diamond, 3)).toEqual([0, 1, 2]);
    expect(ancestors(diamond, 4)).toEqual([]);
  });
});

describe("cycles", () => {
  it("findCycle gives the edges of one cycle", () => {
    expect(findCycle(diamond)).toBeUndefined();
    expect(findCycle(graph(4, "ab", "bc", "cb", "cd"))).toEqual([1, 2]);
    expect(findCycle(graph(1, "aa"))).toEqual([0]);
  });

  it("findCycles gives one cycle per strongly connected group, up to a limit", () => {
    const knots = graph(5, "ab", "ba", "ac", "cb", "cd", "de", "ed");
    expect(findCycles(knots)).toEqual([
      [0, 1],
      [5, 6],
    ]);
    expect(findCycles(knots, 1)).toEqual([[0, 1]]);
  });
});
