import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import { previewOf } from "../../src/session/preview.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";
import { shippedTemplates } from "../rig/goals.ts";

const KNOWN = { cwd: "/shop", checks: ["npm test"], tasks: [], together: false };

/** The steps of a workflow as a template holds them. */
function stepsOf(...steps: readonly object[]) {
  const parsed = parseWorkflow({ value: { name: "w", steps } as never }, { stepTypes: stepSyntax, maxSteps: 100 });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value.workflow.steps;
}
const shipped = shippedTemplates();
const stepsOfType = (name: string) => shipped.find((one) => one.name === name)!.steps!;

describe("the shipped workflow types", () => {
  test("plan-then-build plans, builds and is checked; the person is asked by the planner and before an unsure plan", () => {
    expect(previewOf(stepsOfType("plan-then-build"), KNOWN)).toEqual({
      steps: [
        "plan: planner looks at the project and makes a plan",
        "build: builder builds each step of that plan, one after the other; Baton runs the commands that the plan names for it",
        "gate: Baton runs the project's checks, and those of the plan, as commands",
        "gates: builder – What the gates found; what the project's checks find goes back to the builder, only if gate fails",
      ],
      asks: [
        "by the planner, in at most 5 rounds, what it must know and cannot find out",
        "before anything is built, if the plan is less than 50% sure of itself or cannot go on without an answer",
      ],
      changes: "files in /shop, by builder. Baton commits nothing.",
      ends: "when Baton has seen these succeed: npm test",
    });
  });

  test("build-only does the task, after the steps of a plan if there is one", () => {
    const { steps, asks } = previewOf(stepsOfType("build-only"), KNOWN);
    expect(steps).toEqual([
      "gates: builder – The task, and its checks; what the project's checks find goes back to the builder",
    ]);
    expect(asks).toEqual(["only if an agent must know something that it cannot find out"]);
    const planned = previewOf(stepsOfType("build-only"), { ...KNOWN, planId: "bp_1", checks: [] });
    expect(planned.steps[0]).toContain("builder builds each step of plan bp_1");
    expect(planned.steps.slice(1)).toEqual([
      "gate: Baton runs the project's checks, and those of the plan, as commands",
      "gates: builder – The task, and its checks; what the project's checks find goes back to the builder, only if gate fails",
    ]);
    expect(planned.ends).toBe(
      "when the builder has delivered. The project has no checks that Baton could run, so that is only reported.",
    );
  });

  test("multi-task lists the tasks, one by one or together", () => {
    const tasks = ["rename a", "fix b"];
    const apart = previewOf(stepsOfType("multi-task"), { ...KNOWN, tasks });
    expect(apart.steps).toEqual(["task 1: builder – rename a", "task 2: builder – fix b"]);
    expect(apart.ends).toBe("when Baton has seen these succeed, after each task: npm test");
    const together = previewOf(stepsOfType("multi-task"), { ...KNOWN, tasks, together: true });
    expect(together.steps).toEqual(["builder does all 2 tasks in one assignment: 1. rename a; 2. fix b"]);
    expect(together.ends).toBe("when Baton has seen these succeed: npm test");
    const many = Array.from({ length: 20 }, (_, at) => `task ${at}`);
    expect(previewOf(stepsOfType("multi-task"), { ...KNOWN, tasks: many }).steps.slice(-2)).toEqual([
      "task 12: builder – task 11",
      "and 8 more",
    ]);
  });

  test("decompose-first says that it ends with a list and builds nothing", () => {
    const { steps, changes, ends } = previewOf(stepsOfType("decompose-first"), { ...KNOWN, checks: [] });
    expect(steps[0]).toBe("breakdown: architect breaks it down into epics, features and tasks");
    expect(changes).toBe("nothing; the agents read and report");
    expect(ends).toBe("with a list of tasks, and nothing is built. Each task is then a goal of its own.");
  });

  test("every shipped template has a preview", () => {
    for (const { name, steps } of shipped) {
      const preview = previewOf(steps!, { ...KNOWN, tasks: ["a", "b"] });
      expect(preview.steps.length, name).toBeGreaterThan(0);
      expect(JSON.stringify(preview), name).not.toContain("{{");
    }
  });
});

describe("other workflows", () => {
  test("commands are shown, with what they may change", () => {
    const commands = ["a", "b", "c", "d"].map((id) => ({ id, command: `make ${id}` }));
    const preview = previewOf(stepsOf(...commands, { id: "e", command: "make e", condition: "on_failure(a)" }), KNOWN);
    expect(preview.steps.slice(-2)).toEqual(["d: Baton runs make d", "e: Baton runs make e, only if a fails"]);
    expect(preview.asks).toEqual([]);
    expect(preview.changes).toBe(
      "whatever these commands change: make a; make b; make c and 2 more. Baton commits nothing.",
    );
    expect(previewOf(stepsOf(...commands), { ...KNOWN, checks: [] }).ends).toBe(
      "when the last of these steps has ended",
    );
  });

  test("agents are shown by what they are for, and steps of other types by their names", () => {
    const { steps, asks, ends } = previewOf(
      stepsOf(
        { id: "look", agent: "scout", prompt: "Look at {{parameters.x}} first. Then report.", questions: 0 },
        { id: "read", needs: ["go", "sql"], description: "Reads the queries" },
        { id: "silent", skill: "mute" },
        { id: "nap", name: "A short rest", type: "wait", duration: 5 },
        {
          id: "each",
          type: "grow",
          from: "{{steps.look.output}}",
          step: { id: "x.{{index}}", command: "echo {{item}}" },
        },
        { id: "more", type: "grow", from: "{{steps.look.output}}", step: { id: "y.{{index}}", agent: "scout" } },
        { id: "last", agent: "scribe", name: "Writes it down" },
      ),
      { ...KNOWN, checks: [] },
    );
    expect(steps).toEqual([
      "look: scout – Look at … first.",
      "read: an agent for go, sql – Reads the queries",
      "silent: mute – its part",
      "nap: Baton does A short rest",
      "each: Baton does one step for each element of a list that is known only then",
      "more: scout does one step for each element of a list that is known only then",
      "last: scribe – Writes it down",
    ]);
    expect(asks).toEqual(["only if an agent must know something that it cannot find out"]);
    expect(ends).toBe("with what the scribe reports");
  });

  test("a planner's own limit is told", () => {
    const planner = { id: "plan", agent: "p", output: "plan", confirmBelow: 0.9 };
    expect(previewOf(stepsOf(planner), KNOWN).asks[0]).toContain("less than 90% sure");
  });

  test("whatever tasks and names hold, each line is one line", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), fc.boolean(), (tasks, together) => {
        const { steps } = previewOf(stepsOfType("multi-task"), { ...KNOWN, tasks, together });
        expect(steps.length).toBeLessThanOrEqual(13);
        for (const line of steps) {
          expect(line).not.toContain("\n");
          expect(line.length).toBeLessThan(800);
        }
      }),
    );
  });
});
