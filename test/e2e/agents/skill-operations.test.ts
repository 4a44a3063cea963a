import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { baton, scratch } from "../../rig/baton.ts";
import { plant } from "../../rig/files.ts";
import { session } from "../../rig/session.ts";

/** A skill with two operations, whose second has an input schema that is none. */
const SKILL = `---
name: ferry-desk
description: Books ferries
capabilities:
  - id: book
    name: Book a ferry
    description: Books a crossing
    inputSchema:
      required: [harbour]
      properties: { harbour: { type: string }, seats: { type: integer, minimum: 1 } }
    outputSchema:
      required: [crossing]
      properties: { crossing: { type: string } }
  - id: cancel
    name: Cancel
    inputSchema: { required: crossing }
---

# Ferry desk
`;

const furnished = () => plant(scratch(), { ".claude/skills/ferry-desk/SKILL.md": SKILL });
const workflow = (...steps: object[]) => ({ workflow: { name: "trip", steps } });
const book = (id: string, more: object = {}) => ({ id, skill: "ferry-desk", action: "book", ...more });

describe("a declared operation of a skill, from the call to the delivery", () => {
  test("a missing or wrong input is a mistake before the run, also in steps inside steps", async () => {
    const { execute } = await session("2026-07-28", furnished());
    const refused = await execute({
      parameters: { x: "north" },
      ...workflow(
        book("a"),
        book("b", { input: { harbour: "{{parameters.x}}", seats: 0 } }),
        { id: "c", items: [1], step: { skill: "ferry-desk", action: "book" } },
        { id: "f", agent: "anyone", fallback: [{ skill: "ferry-desk", action: "book" }, { command: "true" }] },
        { id: "d", workflow: { steps: [book("x", { input: { harbour: 5 } })] } },
      ),
    });
    expect(refused.isError).toBe(true);
    expect(refused.error.mistakes).toEqual([
      expect.stringContaining('step "a", field "input.harbour": is missing: operation "book" of skill "ferry-desk"'),
      expect.stringContaining('step "b", field "input.seats": does not fit operation "book"'),
      expect.stringContaining('step "c", field "step.input.harbour": is missing'),
      expect.stringContaining('step "f", field "input.harbour": is missing: operation "book" of the fallback, skill'),
      expect.stringContaining('step "d", field "workflow": step "x", field "input.harbour": does not fit'),
    ]);
  });

  test.each(["2025-11-25", "2026-07-28"] as const)(
    "the worker is told the schema, and a delivery must fit it (%s)",
    async (era) => {
      const { execute, handoff, monitor } = await session(era, furnished());
      const { workflowId } = await execute({
        ...workflow(book("a", { input: { harbour: "{{parameters.from}}" }, outputKey: "booked" }), {
          id: "tell",
          run: "echo {{booked.crossing}}",
          dependsOn: "a",
          timeout: "1m",
        }),
        parameters: { from: "north" },
      });
      const { assignments } = await handoff({ action: "accept", workflowId });
      const { assignment, text } = assignments[0];
      expect(text).toContain("crossing");
      const wrong = await handoff({ action: "complete", assignment, output: { ticket: 1 } });
      expect(wrong.error).toMatchObject({ reason: "output_invalid" });
      expect(wrong.error.message).toContain('does not have required property "crossing"');
      await handoff({ action: "complete", assignment, output: { crossing: "N7" } });
      const ended = await monitor({ workflowId, waitSeconds: "20s", detail: "full" });
      expect(ended).toMatchObject({ status: "completed", steps: [{}, { id: "tell", output: "N7" }] });
    },
  );

  test("a value that is known only at run time fails the step by name, before any worker has it", async () => {
    const { execute, monitor } = await session("2026-07-28", furnished());
    const { workflowId } = await execute({
      ...workflow(book("a", { input: { harbour: "{{parameters.from}}" } })),
      parameters: { from: 12 },
    });
    const ended = await monitor({ workflowId, waitSeconds: 20, detail: "full" });
    expect(ended).toMatchObject({ status: "failed", steps: [{ error: { reason: "input_invalid" } }] });
    expect(ended.steps[0].error.message).toContain("input.harbour");
  });

  test("validate warns of an operation that nobody declares, and of a schema that is none", async () => {
    const directory = furnished();
    plant(directory, {
      "trip.yaml":
        "steps:\n  - { id: a, skill: ferry-desk, action: bok }\n  - { id: b, skill: ferry-desk, action: cancel }\n  - { id: c, skill: ferry-desk, action: sail }\n",
    });
    const { code, stdout } = await baton(directory, ["validate", "trip.yaml"], { HOME: directory });
    expect(code).toBe(0);
    expect(stdout).toContain(
      'step "a", field "action": skill "ferry-desk" declares no operation "bok", so no schema is checked. Did you mean "book"?',
    );
    expect(stdout).toContain(
      `step "b", field "skill": the inputSchema of operation "cancel" of skill "ferry-desk" is not checked: required must be a list of names. Correct it in ${join(directory, ".claude/skills/ferry-desk/SKILL.md")}.`,
    );
    expect(stdout).toContain("It declares: book, cancel.");
  });
});
