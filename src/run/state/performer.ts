import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { Fallback, Performer, WorkerConfig } from "../../model/worker.ts";
import type { Step, Workflow } from "../../model/workflow.ts";

/** The capability that is to perform a worker's step. */
export interface Target {
  /** Its name: the agent or skill that the step names, or the best match for its role or needs. */
  readonly name: string;
  readonly kind: Performer["kind"];
  /** All capabilities that may perform it, the best first. There are several only for needs, or a role. */
  readonly candidates: readonly Performer[];
}

type PerformerRequest = { readonly agent?: string; readonly skill?: string; readonly needs?: readonly string[] };

/** The key under which a run keeps the capabilities that a step asks for. */
export function performerKey({ agent, skill, needs = [] }: PerformerRequest): string {
  if (agent !== undefined) return `agent:${agent}`;
  return skill !== undefined ? `skill:${skill}` : `needs:${[...needs].sort().join(",")}`;
}

/** Every capability that the steps of a plan ask for, once each. */
export function requestedPerformers(plan: Plan): ReadonlyMap<string, PerformerRequest> {
  const requested = new Map<string, PerformerRequest>();
  const visit = (steps: readonly Step[]): void => {
    for (const { config } of steps) {
      const { fallback = [], workflow, step } = config as Partial<WorkerConfig> & { workflow?: Workflow; step?: Step };
      for (const request of [config as PerformerRequest, ...fallback])
        if (isPerformerRequest(request) && !isTemplated(request)) requested.set(performerKey(request), request);
      // Steps inside steps.
      if (workflow) visit(workflow.steps);
      if (step) visit([step]);
    }
  };
  visit(plan.workflow.steps);
  return requested;
}

const isPerformerRequest = (config: object): config is PerformerRequest =>
  "agent" in config || "skill" in config || "needs" in config;

/** The capability of an expanded step is known only after the expansion; then its name is all there is. */
const isTemplated = ({ agent, skill }: PerformerRequest): boolean => (agent ?? skill ?? "").includes("{{");

/** What the step's fallbacks say about its current performer. */
function currentPerformer(plan: Plan, state: RunState, index: number): WorkerConfig | Fallback {
  const config = plan.workflow.steps[index]!.config as WorkerConfig;
  const { fallback } = state.steps[index]!;
  return fallback === undefined ? config : config.fallback![fallback - 1]!;
}

/** Whether workers perform the step now, rather than Baton. */
export const isForWorkers = (plan: Plan, state: RunState, index: number): boolean =>
  plan.byWorker[index] === 1 &&
  !(state.steps[index]!.performer === undefined && "command" in currentPerformer(plan, state, index));

/** The capability that performs the step. Only for steps that workers perform. */
export function targetOf(plan: Plan, state: RunState, index: number): Target {
  const { performer } = state.steps[index]!;
  if (performer) return { name: performer.name, kind: performer.kind, candidates: [performer] };
  const request = currentPerformer(plan, state, index) as PerformerRequest;
  const kind = request.skill === undefined ? "agent" : "skill";
  const candidates = state.performers[performerKey(request)] ?? [];
  // For a role, Baton may have found an agent that fits the project better than the one of its name.
  const name = candidates[0]?.name ?? request.agent ?? request.skill ?? (request.needs ?? []).join("+");
  return { name, kind, candidates: candidates.length > 0 ? candidates : [{ kind, name }] };
}

/** Names are compared as people write them. */
export const sameName = (a: string, b: string): boolean => normalizeName(a) === normalizeName(b);
const normalizeName = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, "-");

/** Whether a worker that asks as `agent` may perform the step, and as which capability. */
export function matchPerformer({ candidates, name, kind }: Target, agent: string | undefined): Performer | undefined {
  if (agent === undefined) return candidates[0] ?? { kind, name };
  return candidates.find((candidate) => sameName(candidate.name, agent));
}

/** The operation that a step asks for: the one that its action names, or the only one. */
export function operationNamed<T extends { readonly id: string; readonly name: string }>(
  operations: readonly T[] | undefined,
  action: unknown,
): T | undefined {
  if (action === undefined) return operations?.length === 1 ? operations[0] : undefined;
  return operations?.find(({ id, name }) => id === action || name === action);
}
