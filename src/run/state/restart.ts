import type { Plan } from "../../model/plan.ts";

/**
 * The steps that a restart runs again, in definition order: all steps, or one step and everything that depends on it
 * through any edges.
 */
export function stepsToRestart(plan: Plan, step: string | undefined): number[] {
  const restarts = new Uint8Array(plan.size);
  if (step === undefined) {
    for (let index = 0; index < plan.size; index++) restarts[index] = plan.discarded[index] ? 0 : 1;
  } else {
    const queue = [plan.indexOf.get(step)!];
    restarts[queue[0]!] = 1;
    const { offsets, list } = plan.successors;
    for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
      for (let at = offsets[index]!; at < offsets[index + 1]!; at++) {
        const { to } = plan.edges[list[at]!]!;
        if (restarts[to]) continue;
        restarts[to] = 1;
        queue.push(to);
      }
    }
  }
  const indices: number[] = [];
  for (let index = 0; index < plan.size; index++) if (restarts[index]) indices.push(index);
  return indices;
}
