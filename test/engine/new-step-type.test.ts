import { expect, test } from "vitest";
import { z } from "zod";
import { stepSyntax } from "../../src/engine/steps/index.ts";
import type { StepType } from "../../src/model/contracts/step.ts";
import { parseWorkflow } from "../../src/workflow/parse.ts";
import { rigEngine } from "../rig/engine.ts";

/** A new step type is this object, and one line in the table. */
const shout: StepType = {
  type: "shout",
  summary: "Says something loudly.",
  fields: { words: z.string().min(1).describe("What to say.") },
  templates: { words: "text" },
  knownBy: ["words"],
  perform({ config }, report) {
    report({ kind: "ended", end: { outcome: "completed", output: String(config.words).toUpperCase() } });
    return { stop() {}, abandon() {} };
  },
};
const syntax = [...stepSyntax, shout];

test("a step of a new type is parsed, filled in and performed, and its output is read by others", async () => {
  const steps = [
    { id: "first", words: "hello {{parameters.who}}" },
    { id: "second", words: "again: {{steps.first.output}}" },
  ];
  const parsed = parseWorkflow({ value: { name: "shouting", steps } as never }, { stepTypes: syntax, maxSteps: 10 });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const { engine } = rigEngine({ steps: new Map([[shout.type, shout]]), syntax });
  const started = await engine.start({
    definition: { workflow: parsed.value.workflow, parameters: { who: "world" }, context: {} },
    ...{ mode: "parallel", maxParallel: 1, cwd: "/", durability: "process", detach: false },
  });
  if (!started.ok) throw new Error(started.error.message);
  const { state } = (await engine.observe(started.value.id))!;
  expect(state.status).toBe("completed");
  expect(state.steps.map(({ output }) => output)).toEqual(["HELLO WORLD", "AGAIN: HELLO WORLD"]);
});

test("a mistake in its fields is told like any other", () => {
  const parsed = parseWorkflow(
    { value: { name: "shouting", steps: [{ id: "first", type: "shout" }] } as never },
    { stepTypes: syntax, maxSteps: 10 },
  );
  expect(parsed).toMatchObject({ ok: false, error: [{ code: "missing_field", at: { field: "words" } }] });
});
