import type { Fact } from "../../model/event.ts";
import type { Changes, CheckResult } from "../../model/evidence.ts";
import { isNamedSchema } from "../../model/named-schemas.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { truncate } from "../../model/text/truncate.ts";
import type { WorkerConfig } from "../../model/worker.ts";
import { checkpointFact } from "../state/checkpoint.ts";
import { factsOf, finishFact } from "../state/gate.ts";
import { verdictOf } from "../state/verdict.ts";
import { claimedFiles, pathsOf } from "./claims.ts";
import { schemasOf } from "./delivery-schemas.ts";

/** What Baton learned of a delivery that stands. */
export interface LearnedOfDelivery {
  readonly checks?: readonly CheckResult[];
  readonly changes?: Changes | undefined;
  /** Files that it says were changed, and were not. */
  readonly unchanged?: readonly string[] | undefined;
  /** What speaks against the plan that was delivered. */
  readonly objections?: readonly string[] | undefined;
}

/** How many files a note names. */
const MAX_NAMED_FILES = 5;

/** The delivery stands: the step completes, and a checkpoint follows. @param ahead how many facts come before these */
export function completionFacts(
  plan: Plan,
  state: RunState,
  index: number,
  { checks = [], changes, unchanged = [], objections = [] }: LearnedOfDelivery,
  ahead: number,
): Fact[] {
  const { id: step } = plan.workflow.steps[index]!;
  const { attempt } = state.steps[index]!;
  const ownFiles = () => filesOfOnly(plan, state, index, changes?.files ?? []);
  const { evidence, note } = verdictOf({ checks, changes, builds: builds(plan, state, index), ownFiles });
  const notes = [
    ...(note === undefined ? [] : [note]),
    ...(unchanged.length > 0 ? [`it names files that did not change: ${someOf(unchanged)}`] : []),
    ...objections,
  ];
  const completed = { type: "step_completed", step, attempt, evidence } as const;
  const finished = finishFact(plan, state, index, {
    ...completed,
    ...(notes.length > 0 && { note: notes.join("; ") }),
  });
  return [finished, checkpointFact(state, "agent", { step }, ahead + 1)];
}

const MAX_NAME_CHARACTERS = 200;

export const someOf = (files: readonly string[]): string => {
  const more = files.length - MAX_NAMED_FILES;
  const named = files.slice(0, MAX_NAMED_FILES).map((file) => truncate(file, MAX_NAME_CHARACTERS));
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
};

/** Whether the step makes or changes files: it says so, or its delivery must name them. */
function builds(plan: Plan, state: RunState, index: number): boolean {
  const config = plan.workflow.steps[index]!.config as WorkerConfig;
  if (config.builds !== undefined) return config.builds;
  return schemasOf(plan, state, index, state.steps[index]!.lease!.agent).some(
    ({ required }) => Array.isArray(required) && required.includes("filesChanged"),
  );
}

/** Whether the step delivers a plan, whose steps' checks Baton tries at once. */
export function deliversPlan(plan: Plan, state: RunState, index: number): boolean {
  const { lease } = state.steps[index]!;
  return lease !== undefined && schemasOf(plan, state, index, lease.agent).some((one) => isNamedSchema(one, "plan"));
}

/** Files that the step names as its own, and changed files that only this step says it changed. */
function filesOfOnly(plan: Plan, state: RunState, index: number, changed: readonly string[]): string[] {
  const rendered = plan.render(index, factsOf(state));
  const { files: declared = [] } = (rendered.ok ? rendered.value.config : {}) as WorkerConfig;
  const own = [declared].flat().filter((file) => typeof file === "string");
  // Whose paths are relative to what makes no difference here: equal names count as the same file.
  const namesOf = (at: number) =>
    claimedFiles(state.steps[at]!.output).flatMap((file) => pathsOf(file, state.cwd, state.cwd));
  const others = new Set<string>();
  state.steps.forEach((step, other) => {
    if (other !== index && step.output !== undefined) for (const file of namesOf(other)) others.add(file);
  });
  const reported = namesOf(index).filter((file) => !others.has(file) && changed.some((path) => isSame(path, file)));
  return [...own, ...reported];
}

/** Whether a path relative to the top of the work tree is one that is relative to a directory in it. */
const isSame = (path: string, file: string): boolean => path === file || path.endsWith(`/${file}`);
