import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { explainEdges } from "../../src/workflow/check/explain-edges.ts";
import type { Source } from "../../src/workflow/source/source.ts";
import { everyType, parsed } from "./command.ts";

const explained = (source: Source) =>
  explainEdges(parsed(source, { stepTypes: everyType }).workflow, everyType).map(
    ({ step, after, because }) => `${step} after ${after}: ${because}`,
  );

it("explainEdges gives each reason for an edge once", () => {
  const value = {
    steps: [
      { id: "a", command: "true", outputKey: "k" },
      { id: "b", command: "true", condition: "on_success(a) &&\n  steps.a.exitCode == 0" },
      { id: "c", command: "echo {{k}} {{ k }} {{steps.b.output}}", condition: "always" },
    ],
    dependencies: [
      { from: "a", to: "b" },
      { from: "a", to: "c", condition: "failure" },
      { from: "b", to: "c", reason: "c cleans up" },
    ],
  };
  expect(explained({ value })).toEqual([
    "b after a: dependencies[0]",
    "b after a: condition on_success(a) && steps.a.exitCode == 0",
    "c after a: dependencies[1] (failure)",
    "c after b: c cleans up",
    "c after a: reads {{k}}",
    "c after b: reads {{steps.b.output}}",
  ]);
});

it("explainEdges names the order of a skill list and depends_on of phases", () => {
  const fixture = (file: string) => readFileSync(join(import.meta.dirname, "../fixtures/dialects", file), "utf8");
  expect(explained({ text: fixture("shop-opening.yaml") })).toEqual([
    "window-dresser after street-survey: order of the list",
    "window-dresser after street-survey: reads {{survey}}",
    "till-keeper after window-dresser: order of the list",
    "till-keeper after street-survey: reads {{survey.words}}",
  ]);
  expect(explained({ text: fixture("crew.yaml"), intent: "build_intent" }).slice(0, 2)).toEqual([
    "raising.mason after drawing.drafter: phase depends_on drawing",
    "raising.mason after drawing.surveyor: phase depends_on drawing",
  ]);
});
