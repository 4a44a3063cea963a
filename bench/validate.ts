import { stepSyntax } from "../src/engine/steps/index.ts";
import type { Plan } from "../src/model/plan.ts";
import { compilePlan } from "../src/workflow/graph/plan.ts";
import { criticalPath, levels, topologicalOrder } from "../src/workflow/graph/schedule.ts";
import { parseWorkflow } from "../src/workflow/parse.ts";

/**
 * Measures the time to check and plan a workflow, by part. Its commands are in layers; each depends on two of the
 * previous layer. Medians of ROUNDS rounds.
 */
const ROUNDS = 5;
const STEPS_PER_LAYER = 100;

function workflow(size: number): object {
  const id = (step: number) => `step_${step}`;
  const before = (step: number) => [
    step - STEPS_PER_LAYER,
    step - STEPS_PER_LAYER - (step % STEPS_PER_LAYER) + ((step * 7 + 3) % STEPS_PER_LAYER),
  ];
  return {
    name: "bench",
    steps: Array.from({ length: size }, (_, step) => ({ id: id(step), command: "true" })),
    dependencies: Array.from({ length: size }, (_, step) => step)
      .filter((step) => step >= STEPS_PER_LAYER)
      .flatMap((step) => [...new Set(before(step))].map((from) => ({ from: id(from), to: id(step) }))),
  };
}

const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

function main(): void {
  const parts = ["parse", "plan", "levels", "order", "path"] as const;
  process.stdout.write(`ms, median of ${ROUNDS}   ${parts.map((part) => part.padStart(8)).join("")}     all\n`);
  for (const size of [1_000, 10_000, 100_000]) {
    const value = workflow(size) as never;
    const times = new Map<string, number[]>(parts.map((part) => [part, []]));
    for (let round = 0; round < ROUNDS; round++) {
      const timed = <T>(part: (typeof parts)[number], work: () => T): T => {
        const began = performance.now();
        const result = work();
        times.get(part)!.push(performance.now() - began);
        return result;
      };
      const parsed = timed("parse", () => parseWorkflow({ value }, { stepTypes: stepSyntax, maxSteps: size }));
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.error[0]));
      const plan: Plan = timed("plan", () => compilePlan(parsed.value.workflow, stepSyntax));
      timed("levels", () => levels(plan));
      timed("order", () => topologicalOrder(plan));
      timed("path", () => criticalPath(plan));
    }
    const medians = parts.map((part) => median(times.get(part)!));
    const all = medians.reduce((sum, ms) => sum + ms, 0);
    process.stdout.write(
      `${String(size).padStart(9)} steps      ${[...medians, all].map((ms) => ms.toFixed(0).padStart(8)).join("")}\n`,
    );
  }
}

main();
