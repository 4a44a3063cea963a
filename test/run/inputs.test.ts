import { expect, test } from "vitest";
import { viewRun } from "../../src/run/view/view.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { edges } from "../rig/rules/workflow.ts";

test("what an agent was given stays readable once its step is done", () => {
  const desk = new Desk(
    [
      { id: "make", command: "true" },
      agentStep("use", { input: { made: "{{steps.make.output}}", in: "{{place}}" } }),
      agentStep("bare"),
      agentStep("broken", { input: { x: "{{steps.make.output.missing.too}}" } }),
    ],
    edges("make → use", "make → bare", "make → broken"),
    { parameters: { place: "here" } },
  );
  const inputs = () =>
    Object.fromEntries(
      viewRun(desk.plan, desk.state, desk.now, { inputs: true }).steps.map(({ id, input }) => [id, input]),
    );
  expect(inputs()).toEqual({ make: undefined, use: undefined, bare: undefined, broken: undefined });
  desk.end("make", { outcome: "completed", output: "bread" });
  const [token] = desk.accept({ stepId: "use" });
  desk.accept({ stepId: "bare" });
  desk.accept({ stepId: "broken" });
  desk.ask({ action: "complete", assignment: token!, output: 1 });
  expect(inputs()).toEqual({ make: undefined, use: { made: "bread", in: "here" }, bare: undefined, broken: undefined });
  expect(desk.view().steps[1]).not.toHaveProperty("input");
});
