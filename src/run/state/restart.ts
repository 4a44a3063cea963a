import type { Plan } from "../../model/plan.ts";

/**
 * The steps that a restart runs again, in definition order: all steps, or one step and everything that depends on it
 * through any edges.
 */
export function stepsToRestart(plan: Plan, step: string | undefined): number[] {
  const affected = new Uint8Array(plan.size);
  if (step === undefined) {
    for (let index = 0; index < plan.size; index++) affected[index] = plan.discarded[index] ? 0 : 1;
  } else {
    const queue = [plan.indexOf.get(step)!];
    affected[queue[0]!] = 1;
    const { offsets, list } = plan.successors;
    for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
      for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
        const { to } = plan.edges[list[at]!]!;
        if (affected[to]) continue;
        affected[to] = 1;
        queue.push(to);
      }
    }
  }
  const indices: number[] = [];
  for (let index = 0; index < plan.size; index++) if (affected[index]) indices.push(index);
  return indices;
}
