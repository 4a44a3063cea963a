import { describe, expect, it } from "vitest";
import { drawText } from "../../src/workflow/draw/drawing.ts";
import { ancestors, descendants } from "../../src/workflow/graph/graph.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { criticalPath, levels, topologicalOrder } from "../../src/workflow/graph/schedule.ts";
import { command, parse, parsed } from "../workflow/command.ts";

describe("large workflows", () => {
  const steps = (count: number, more: (index: number) => object = () => ({})) =>
    Array.from({ length: count }, (_, i) => ({ id: `s${i}`, command: "true", ...more(i) }));
  const load = (value: object) =>
    compilePlan(parsed({ text: JSON.stringify(value) }, { maxSteps: 100_000 }).workflow, [command]);

  it("compiles a chain of 100,000 steps", () => {
    const size = 100_000;
    const dependencies = Array.from({ length: size - 1 }, (_, i) => ({ from: `s${i}`, to: `s${i + 1}` }));
    const plan = load({ name: "chain", steps: steps(size), dependencies });
    expect([levels(plan).length, topologicalOrder(plan).at(-1), criticalPath(plan).length]).toEqual([
      size,
      size - 1,
      size,
    ]);
    expect([descendants(plan, 0).length, ancestors(plan, size - 1).length]).toEqual([size - 1, size - 1]);
    const closed = parse(
      {
        value: {
          name: "ring",
          steps: steps(size),
          dependencies: [...dependencies, { from: `s${size - 1}`, to: "s0" }],
        },
      },
      { maxSteps: size },
    );
    expect(closed.ok ? "" : closed.error[0]?.message).toMatch(/s5 → \(99,989 more\) → s99995/);
  });

  it("compiles a chain of 20,000 steps made by conditions and data", () => {
    const plan = load({
      name: "chain",
      steps: steps(20_000, (i) =>
        i % 2 === 0
          ? i > 0
            ? { condition: `on_complete(s${i - 1})` }
            : {}
          : { command: `echo {{ steps.s${i - 1}.output }}` },
      ),
    });
    expect(levels(plan)).toHaveLength(20_000);
    expect(drawText(plan).ok).toBe(true);
  });

  it("compiles a graph of 300,000 edges, asserted independent where it is", () => {
    const dependencies = Array.from({ length: 300_000 }, (_, i) => ({
      from: `s${Math.floor(i / 300)}`,
      to: `s${1000 + (i % 300)}`,
    }));
    const parallel = Array.from({ length: 1000 }, (_, i) => `s${i}`);
    const plan = load({ name: "wide", steps: steps(1300), dependencies, parallel });
    expect([plan.edges.length, levels(plan).map((level) => level.length)]).toEqual([300_000, [1000, 300]]);
  });
});
