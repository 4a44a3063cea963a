import type { ConcurrencyGroups } from "../../model/plan.ts";
import type { Workflow } from "../../model/workflow.ts";

/** Groups steps by the limits that they are under; `undefined` if there are no limits. */
export function concurrencyGroupsOf(
  { steps, limits = [] }: Workflow,
  indexOf: ReadonlyMap<string, number>,
): ConcurrencyGroups | undefined {
  if (limits.length === 0) return undefined;
  const under = new Map<number, number[]>();
  limits.forEach((limit, number) => {
    for (const id of new Set(limit.steps)) {
      const index = indexOf.get(id)!;
      under.set(index, [...(under.get(index) ?? []), number]);
    }
  });
  const groups = new Map<string, number>();
  const found: (readonly number[])[] = [];
  const of = new Int32Array(steps.length);
  for (const [index, numbers] of under) {
    const key = numbers.join();
    const group = groups.get(key) ?? found.push(numbers);
    groups.set(key, group);
    of[index] = group;
  }
  return { max: limits.map(({ max }) => max), limits: found, groupOf: of };
}
