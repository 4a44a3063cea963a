import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { DEPENDENCY_TYPES, EDGE_ENDPOINTS } from "../../src/model/workflow.ts";
import { drawText, mermaid } from "../../src/workflow/draw/drawing.ts";
import { compileCondition } from "../../src/workflow/expression/condition.ts";
import { compileExpression } from "../../src/workflow/expression/expression.ts";
import { parseTemplate } from "../../src/workflow/expression/template.ts";
import { ancestors, descendants, findCycle, findCycles, graphOf } from "../../src/workflow/graph/graph.ts";
import { pathBetween, pathWithin } from "../../src/workflow/graph/independence.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { criticalPath, levels, topologicalOrder } from "../../src/workflow/graph/schedule.ts";
import { finishOf, startFinishGraphOf, startOf, stepOf } from "../../src/workflow/graph/start-finish-graph.ts";
import { compileShell } from "../../src/workflow/shell/shell.ts";
import type { Source } from "../../src/workflow/source/source.ts";
import { runs } from "../rig/rules/runs.ts";
import { command, everyType, parse, parsed } from "../workflow/command.ts";

const plain = { type: "finish_to_start", condition: undefined, origin: "dependency" } as const;

/** Any graph, with cycles, self-edges and several edges between two steps. */
const anyGraph = fc.integer({ min: 1, max: 40 }).chain((size) =>
  fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 120 }).map((pairs) =>
    graphOf(
      size,
      pairs.map(([from, to]) => ({ from, to, ...plain })),
    ),
  ),
);

/** A graph without cycles; its edges are independent of the order of definition. */
const anyDag = fc.integer({ min: 1, max: 40 }).chain((size) =>
  fc
    .tuple(
      fc.shuffledSubarray(
        Array.from({ length: size }, (_, i) => i),
        { minLength: size },
      ),
      fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 120 }),
    )
    .map(([rank, pairs]) => {
      const edges = pairs
        .filter(([a, b]) => a !== b)
        .map(([a, b]) => (rank[a]! < rank[b]! ? [a, b] : [b, a]) as [number, number])
        .map(([from, to]) => ({ from, to, ...plain }));
      return graphOf(size, edges);
    }),
);

/** Steps tied by all dependency types without a deadlock: edges follow a random order of starts and finishes. */
const anyTied = fc.integer({ min: 1, max: 20 }).chain((size) =>
  fc
    .tuple(
      fc.shuffledSubarray(
        Array.from({ length: 2 * size }, (_, i) => i),
        { minLength: 2 * size },
      ),
      fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1), fc.constantFrom(...DEPENDENCY_TYPES)), { maxLength: 60 }),
    )
    .map(([rank, ties]) => {
      const when = (step: number, moment: "start" | "finish") =>
        Math[moment === "start" ? "min" : "max"](rank[2 * step]!, rank[2 * step + 1]!);
      const edges = ties
        .filter(([a, b, type]) => a !== b && when(a, EDGE_ENDPOINTS[type].after) < when(b, EDGE_ENDPOINTS[type].holds))
        .map(([from, to, type]) => ({ ...plain, from, to, type }));
      return graphOf(size, edges);
    }),
);

describe("random graphs without cycles", () => {
  it("topologicalOrder respects every edge and takes the step defined first among those that are ready", () => {
    fc.assert(
      fc.property(anyDag, (graph) => {
        const order = topologicalOrder(graph);
        const position = new Map(order.map((step, at) => [step, at]));
        expect(position.size).toBe(graph.size);
        for (const { from, to } of graph.edges) expect(position.get(from)!).toBeLessThan(position.get(to)!);
        order.forEach((step, at) => {
          for (let other = 0; other < step; other++) {
            const ready = graph.edges.every(({ from, to }) => to !== other || position.get(from)! < at);
            if (position.get(other)! > at) expect(ready).toBe(false);
          }
        });
      }),
    );
  });

  it("levels has every step once, one level after its latest predecessor, as many levels as criticalPath steps", () => {
    fc.assert(
      fc.property(anyDag, (graph) => {
        const found = levels(graph);
        const level = new Map(found.flatMap((steps, depth) => steps.map((step) => [step, depth] as const)));
        expect(level.size).toBe(graph.size);
        expect(found.flat()).toHaveLength(graph.size);
        for (const [step, depth] of level) {
          const before = graph.edges.filter(({ to }) => to === step).map(({ from }) => level.get(from)!);
          expect(depth).toBe(Math.max(-1, ...before) + 1);
        }
        const path = criticalPath(graph);
        expect(path).toHaveLength(found.length);
        for (let i = 1; i < path.length; i++) {
          expect(graph.edges.some(({ from, to }) => from === path[i - 1] && to === path[i])).toBe(true);
        }
      }),
    );
  });

  it("descendants and ancestors are inverse to each other", () => {
    fc.assert(
      fc.property(anyDag, (graph) => {
        for (let a = 0; a < graph.size; a++) {
          for (const b of descendants(graph, a)) expect(ancestors(graph, b)).toContain(a);
          for (const b of ancestors(graph, a)) expect(descendants(graph, b)).toContain(a);
          expect(descendants(graph, a)).not.toContain(a);
        }
        expect(findCycle(graph)).toBeUndefined();
      }),
      { numRuns: runs(50) },
    );
  });

  it("pathWithin and pathBetween find a path if and only if one step leads to another, for all dependency types", () => {
    fc.assert(
      fc.property(anyTied, fc.array(fc.nat(39), { maxLength: 5 }), fc.nat(39), (graph, chosen, start) => {
        const members = new Set(chosen.filter((step) => step < graph.size));
        const one = start % graph.size;
        const others = new Set([...members].filter((step) => step !== one));
        const moments = startFinishGraphOf(graph);
        const leads = (a: number, b: number) =>
          [startOf(moments, a), finishOf(moments, a)].some((node) =>
            descendants(moments, node).some((after) => stepOf(moments, after) === b),
          );
        const related = (a: number, b: number) => leads(a, b) || leads(b, a);
        const within = pathWithin(moments, members);
        const between = pathBetween(moments, one, others);
        expect(within !== undefined).toBe([...members].some((a) => [...members].some((b) => a !== b && related(a, b))));
        expect(between !== undefined).toBe([...others].some((other) => related(one, other)));
        for (const path of [within, between]) {
          if (path === undefined) continue;
          expect(path.length).toBeGreaterThan(1);
          for (let i = 1; i < path.length; i++) {
            expect(graph.edges.some(({ from, to }) => from === path[i - 1] && to === path[i])).toBe(true);
          }
        }
        if (within) expect([within[0], within.at(-1)].every((step) => members.has(step!))).toBe(true);
        if (between) expect([between[0], between.at(-1)]).toContain(one);
      }),
    );
  });
});

it("findCycles finds only cycles, and finds one if and only if topologicalOrder is incomplete", () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const cycles = findCycles(graph);
      for (const cycle of cycles) {
        cycle.forEach((edge, i) => {
          expect(graph.edges[edge]!.to).toBe(graph.edges[cycle[(i + 1) % cycle.length]!]!.from);
        });
      }
      expect(cycles.length > 0).toBe(topologicalOrder(graph).length < graph.size);
    }),
  );
});

const anyText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        "{{",
        "}}",
        "\\{{",
        "${{",
        "x",
        "steps.a.output",
        "'",
        '"',
        "`",
        "$(",
        ")",
        "\n",
        " ",
        "on_success(",
        "a",
        ",",
        "always",
        "[",
        "]",
        "+",
        "1",
      ),
      { maxLength: 12 },
    )
    .map((pieces) => pieces.join("")),
);

/** Values that look like workflows in some fields and are anything in others. */
const anyField = fc.oneof(
  { weight: 3, arbitrary: anyText },
  fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, maxDepth: 3 }),
);
const anyId = fc.constantFrom("a", "b", "A", "constructor", "__proto__");
const anyOrder = fc.oneof(
  anyId,
  anyField,
  fc.array(fc.oneof(anyId, anyField, fc.record({ from: anyId, to: anyField }, { requiredKeys: [] })), { maxLength: 3 }),
);
const anyWorkflow = fc.record(
  {
    name: anyField,
    steps: fc.oneof(
      anyField,
      fc.array(
        fc.record(
          {
            id: fc.oneof(anyId, anyField),
            command: anyField,
            condition: anyField,
            type: fc.oneof(fc.constantFrom("command", "agent"), anyField),
            environment: fc.oneof(fc.dictionary(fc.string(), anyField), anyField),
            retryPolicy: anyField,
            run: anyField,
            dependsOn: anyOrder,
            needs: anyOrder,
            verify: fc.oneof(fc.record({ run: anyField, command: anyField }, { requiredKeys: [] }), anyField),
            timeout: fc.oneof(fc.constantFrom("5s", "1h30m", "5", 7), anyField),
            parallel: fc.oneof(fc.constantFrom(true, ["a"], ["zz"]), anyField),
            outputKey: anyField,
          },
          { requiredKeys: ["id"] },
        ),
        { maxLength: 4 },
      ),
    ),
    dependencies: fc.oneof(
      anyField,
      fc.array(fc.record({ from: fc.constantFrom("a", "b", "c"), to: fc.oneof(fc.constantFrom("a", "b"), anyField) })),
    ),
    context: anyField,
    parallel: anyField,
  },
  { requiredKeys: [] },
);

describe("any input", () => {
  it("parseWorkflow returns a workflow or errors with their step or field, for any value", () => {
    fc.assert(
      fc.property(
        fc.oneof(anyWorkflow, fc.record({ workflow: anyWorkflow, context: anyField }), fc.anything()),
        (value) => {
          for (const parameters of [undefined, {}]) {
            const result = parse({ value }, parameters && { parameters });
            if (result.ok) {
              expect(compilePlan(result.value.workflow, [command]).size).toBe(result.value.workflow.steps.length);
              continue;
            }
            expect(result.error.length).toBeGreaterThan(0);
            for (const { at, message } of result.error) {
              expect(at.step ?? at.field).toBeDefined();
              expect(message).not.toBe("");
            }
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it("parseWorkflow returns a workflow or errors with their field, for any skills, phases or intents", () => {
    const name = fc.constantFrom("a", "b", "A", "a b", "");
    const anyEntry = fc.oneof(
      anyField,
      name,
      fc.record(
        {
          ...{ skill: fc.oneof(name, anyField), agent: name, id: name, action: fc.oneof(name, anyField) },
          ...{
            output_key: fc.oneof(name, anyField),
            run: anyField,
            dependsOn: anyOrder,
            outputKey: name,
            parallel: fc.oneof(fc.boolean(), anyField),
          },
          ...{ input: anyField, condition: fc.constantFrom("always", "on_failure(a)", "}"), x: anyField },
        },
        { requiredKeys: [] },
      ),
    );
    const anyPhase = fc.oneof(
      anyField,
      fc.record(
        {
          ...{ name: fc.oneof(name, anyField), agents: fc.oneof(fc.array(anyEntry, { maxLength: 3 }), anyField) },
          ...{ parallel: fc.oneof(fc.boolean(), anyField), max_concurrent: fc.oneof(fc.nat(3), anyField) },
          ...{
            dependsOn: fc.oneof(name, anyField),
            depends_on: fc.oneof(name, fc.array(fc.oneof(name, anyField), { maxLength: 2 }), anyField),
            input: anyField,
          },
        },
        { requiredKeys: [] },
      ),
    );
    const lists = {
      skills: fc.oneof(anyField, fc.array(anyEntry, { maxLength: 5 })),
      phases: fc.oneof(anyField, fc.array(anyPhase, { maxLength: 4 })),
    };
    const beside = { dependencies: anyField, limits: anyField, context: anyField, intent: fc.oneof(name, anyField) };
    const intents = fc.dictionary(name, fc.oneof(anyPhase, fc.record({ phases: lists.phases })));
    const anyDialect = fc.oneof(
      fc.record({ skills: lists.skills, ...beside }, { requiredKeys: ["skills"] }),
      fc.record({ skills_sequence: lists.skills, action: fc.oneof(fc.constant("create_workflow_template"), anyField) }),
      fc.record({ phases: lists.phases, ...beside }, { requiredKeys: ["phases"] }),
      fc.record(
        { parallel_coordination: fc.oneof(intents, anyField), ...beside },
        { requiredKeys: ["parallel_coordination"] },
      ),
      fc.record({ ...lists, steps: anyField }),
    );
    fc.assert(
      fc.property(anyDialect, fc.option(name, { nil: undefined }), (value, intent) => {
        const text = JSON.stringify(value, (_, each) => (typeof each === "bigint" ? null : each));
        for (const source of [{ value }, { text, file: "f", ...(intent !== undefined && { intent }) }]) {
          const result = parse(source, { stepTypes: everyType });
          if (result.ok) {
            const { workflow } = result.value;
            expect(compilePlan(workflow, everyType).size).toBe(workflow.steps.length);
            expect(new Set(workflow.steps.map(({ id }) => id.toLowerCase())).size).toBe(workflow.steps.length);
            continue;
          }
          expect(result.error.length).toBeGreaterThan(0);
          for (const { at, message } of result.error) {
            expect(at.field).toBeDefined();
            expect(message).not.toBe("");
            if ("text" in source) expect(at.line).toBe(1);
          }
        }
      }),
      { numRuns: runs(300) },
    );
  });

  it("parseWorkflow returns a workflow or errors, for any text", () => {
    const lines = fc.array(
      fc.constantFrom(
        "name: w",
        "steps:",
        "- ",
        "  - id: a",
        "    command: x",
        "{",
        "[",
        "? ",
        ": ",
        "&a ",
        "*a",
        "|",
        "\t",
        '"',
        "---",
        "%",
        "!!",
        "<<: *a",
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          lines.map((list) => list.join("\n")),
          lines.map((list) => list.join("")),
        ),
        (text) => {
          const result = parse({ text });
          if (!result.ok) expect(result.error.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it("expressions, conditions, templates and shell texts are compiled or refused, and nothing is thrown", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        compileExpression(text);
        compileCondition(text);
        const template = parseTemplate(text);
        if (template.ok) compileShell(template.value);
      }),
      { numRuns: runs(1000) },
    );
  });
});

it("a workflow parses to the same plain data as value, JSON and YAML, and can be drawn", () => {
  const id = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}$/);
  const valid = fc
    .uniqueArray(id, { minLength: 1, maxLength: 8, selector: (text) => text.toLowerCase() })
    .chain((ids) =>
      fc.record({
        name: fc.string({ minLength: 1, unit: "grapheme" }),
        context: fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false } as object)),
        steps: fc.tuple(
          ...ids.map((each) =>
            fc.record(
              {
                id: fc.constant(each),
                command: fc.string({ minLength: 1 }).map((text) => text.replaceAll(/\{+/g, "{")),
                timeout: fc.integer({ min: 1, max: 1e9 }),
                optional: fc.boolean(),
              },
              { requiredKeys: ["id", "command"] },
            ),
          ),
        ),
        dependencies: fc
          .array(fc.tuple(fc.nat(ids.length - 1), fc.nat(ids.length - 1)), { maxLength: 10 })
          .map((pairs) => pairs.filter(([a, b]) => a < b).map(([a, b]) => ({ from: ids[a]!, to: ids[b]! }))),
      }),
    )
    .map((value) => JSON.parse(JSON.stringify(value)) as object);
  fc.assert(
    fc.property(valid, (value) => {
      const read = (source: Source) => ({ ...parsed(source), place: undefined });
      const inline = read({ value });
      expect(read({ text: JSON.stringify(value) })).toEqual(inline);
      expect(read({ text: JSON.stringify(value, null, "\t") })).toEqual(inline);
      expect(read({ text: stringify(value) })).toEqual(inline);
      expect(JSON.parse(JSON.stringify(inline.workflow))).toEqual(inline.workflow);
      const plan = compilePlan(inline.workflow, [command]);
      const drawn = drawText(plan);
      expect(drawn.ok && drawn.value.split("\n")).toHaveLength(plan.size + 3);
      expect(mermaid(plan).ok).toBe(true);
    }),
  );
});
