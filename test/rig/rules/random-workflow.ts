import fc from "fast-check";
import type { AttemptEnd } from "../../../src/model/contracts/step.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { RunState } from "../../../src/model/run-state.ts";
import type { Dependency } from "../../../src/model/workflow.ts";
import type { World } from "./simulate.ts";
import { beginning, type Created, created, planOf, type StepSketch } from "./workflow.ts";

/** A random workflow, and the outcomes of its steps. */
export interface Sketch {
  readonly steps: StepSketch[];
  readonly dependencies: Dependency[];
  /** By step: the number of attempts that fail before one succeeds. */
  readonly fails: number[];
  readonly takes: number[];
  readonly maxParallel: number;
  readonly sequential: boolean;
}

const done: AttemptEnd = { outcome: "completed", output: "x", exitCode: 0 };
const broken: AttemptEnd = { outcome: "failed", reason: "exit_code", message: "exit code 1", exitCode: 1 };

/**
 * The environment of a sketch, with steps named `s0`, `s1`, … An attempt that takes longer than its timeout always
 * times out, so that the end does not depend on chance. @param shift changes how long the other attempts take
 */
export const worldOf = ({ fails, takes }: Sketch, shift = 0): World => ({
  attempt(step, failures) {
    const index = Number(step.slice(1));
    const slow = takes[index]! >= 80;
    const usual = ((takes[index]! + shift * (index + 7) * 13) % 39) + 1;
    return { takes: slow ? 90 : usual, end: failures < fails[index]! ? broken : done };
  },
});

/** A run of a sketch, and a function that makes further runs of the same sketch. */
export function start({ steps, dependencies, maxParallel, sequential }: Sketch): {
  readonly plan: Plan;
  readonly state: RunState;
  readonly again: () => RunState;
} {
  const plan = planOf(steps, dependencies);
  const rest: Partial<Created> = { maxParallel, mode: sequential ? "sequential" : "parallel" };
  return { plan, state: beginning(plan, rest), again: () => beginning(plan, rest) };
}

interface Asked {
  /** Milliseconds after the run was made. */
  readonly at: number;
  readonly action: string;
  readonly step: number | undefined;
}

/** A message that a caller may send at any time. */
export const asking = <Action extends string>(latest: number, ...actions: Action[]): fc.Arbitrary<Asked> =>
  fc.record({
    at: fc.integer({ min: 0, max: latest }),
    action: fc.constantFrom(...actions),
    step: fc.option(fc.nat(39), { nil: undefined }),
  });

/** The messages of callers in order of time. The last one resumes a paused run, which would otherwise wait for ever. */
export function messagesOf(sketch: Sketch, asked: readonly Asked[]): NonNullable<World["messages"]>[number][] {
  const { at: begun } = created();
  const inTime = asked.map(({ at, action, step }, n) => ({
    at: begun + at,
    message: {
      id: `m${n}`,
      action: action as "pause",
      ...(action === "restart" && step !== undefined && { stepId: `s${step % sketch.steps.length}` }),
    },
  }));
  const last = { at: 2 * begun, message: { id: "last", action: "resume" as const } };
  return [...inTime.sort((a, b) => a.at - b.at), last];
}
