import type { Plan } from "../model/plan.ts";
import type { RunState, StepState } from "../model/run-state.ts";
import type { SessionState } from "../model/session.ts";
import type { WorkerConfig } from "../model/worker.ts";
import type { JsonValue } from "../model/workflow.ts";
import { isAwaitingAnswers } from "../run/features/questions.ts";
import { targetOf } from "../run/state/performer.ts";
import { checkpointName } from "../run/view/checkpoint-name.ts";
import type { Session } from "./fold.ts";

/** What seed 004 calls an agent's activity. `asking`: it waits for the person; `waiting`: for its next try. */
type AgentStatus = "pending" | "active" | "asking" | "waiting" | "completed" | "failed" | "skipped" | "cancelled";

/** An agent's part in a session: one entry for each of its steps. */
interface AgentState {
  readonly agent: string;
  readonly step: string;
  readonly status: AgentStatus;
  readonly evidence?: string;
  readonly worker?: string;
  readonly output?: JsonValue;
}

/** The `orchestration_state` of seed 004, key by key in its spelling. A view that is stored nowhere. */
export interface OrchestrationState {
  readonly id: string;
  readonly mode: string;
  readonly status: string;
  readonly goal: string;
  readonly routing: {
    readonly workflow: string;
    readonly template: string;
    readonly agent_sequence: readonly { readonly agent: string; readonly status: AgentStatus }[];
    readonly confidence?: number;
    readonly complexity: string;
    readonly reasons: readonly string[];
  };
  readonly agent_states: readonly AgentState[];
  readonly checkpoints: readonly { id: string; name?: string; after_agent?: string; at: string }[];
  readonly failures: readonly { step: string; attempt: number; reason: string; message: string; at: string }[];
}

const iso = (at: number): string => new Date(at).toISOString();

/** @param run the session's run; absent if it has none yet */
export function orchestrationState(
  session: Session,
  state: SessionState,
  template: string,
  run: { readonly plan: Plan; readonly state: RunState } | undefined,
): OrchestrationState {
  const { routing } = session;
  const agents = run ? agentStates(run.plan, run.state) : [];
  const sequence = run ? inTurn(agents) : routing.agents.map((agent) => ({ agent, status: "pending" as const }));
  return {
    id: session.sessionId,
    mode: session.mode,
    status: state.toLowerCase(),
    goal: session.goal,
    routing: {
      workflow: session.label,
      template,
      agent_sequence: sequence,
      ...(typeof routing.confidence === "number" && { confidence: routing.confidence }),
      complexity: routing.complexity,
      reasons: routing.reasons,
    },
    agent_states: agents,
    checkpoints: run ? checkpoints(run.plan, run.state, agents) : [],
    failures: run ? failures(run.plan, run.state) : [],
  };
}

function checkpoints(plan: Plan, state: RunState, agents: readonly AgentState[]): OrchestrationState["checkpoints"] {
  return state.checkpoints.map((checkpoint) => {
    const name = checkpointName(plan, checkpoint);
    const after = agents.find(({ step }) => step === checkpoint.step)?.agent;
    return {
      id: checkpoint.id,
      ...(name !== undefined && { name }),
      ...(after !== undefined && { after_agent: after }),
      at: iso(checkpoint.at),
    };
  });
}

function agentStates(plan: Plan, state: RunState): AgentState[] {
  return state.steps.flatMap((step, index): AgentState[] => {
    if (plan.byWorker[index] !== 1) return [];
    const { config, id } = plan.workflow.steps[index]!;
    const { agent } = step.lease ?? {};
    const { name } = agent === undefined && !("command" in config) ? targetOf(plan, state, index) : { name: agent };
    return [
      {
        agent: name ?? (config as WorkerConfig).agent ?? id,
        step: id,
        status: agentStatus(step),
        ...(step.status === "completed" && { evidence: step.evidence ?? "observed" }),
        ...(step.lease?.worker !== undefined && { worker: step.lease.worker }),
        ...(step.output !== undefined && { output: step.output }),
      },
    ];
  });
}

function agentStatus(step: StepState): AgentStatus {
  const { status } = step;
  switch (status) {
    case "completed":
    case "failed":
    case "skipped":
      return status;
    case "cancelled":
    case "undone":
      return "cancelled";
    case "waiting":
      return isAwaitingAnswers(step) ? "asking" : "waiting";
    case "assigned":
    case "reported":
    case "running":
      return "active";
    default:
      return "pending";
  }
}

/** The agents in the order of their turns. Neighbours with the same agent are one turn. */
function inTurn(agents: readonly AgentState[]): { agent: string; status: AgentStatus }[] {
  const turns: { agent: string; of: AgentStatus[] }[] = [];
  for (const { agent, status } of agents) {
    const last = turns.at(-1);
    if (last?.agent === agent) last.of.push(status);
    else turns.push({ agent, of: [status] });
  }
  return turns.map(({ agent, of }) => ({ agent, status: together(of) }));
}

function together(statuses: readonly AgentStatus[]): AgentStatus {
  if (statuses.includes("failed")) return "failed";
  for (const status of ["asking", "active", "waiting", "cancelled"] as const)
    if (statuses.includes(status)) return status;
  if (statuses.every((status) => status === "skipped")) return "skipped";
  if (statuses.every((status) => status === "completed" || status === "skipped")) return "completed";
  return statuses.includes("completed") ? "active" : "pending";
}

/** Attempts that failed, the latest last, each with its own words. Older journals keep those of the latest alone. */
function failures(plan: Plan, state: RunState): OrchestrationState["failures"] {
  return state.log
    .filter(({ status }) => status === "failed" || status === "expired")
    .slice(-20)
    .map(({ index, attempt, status, endedAt, reason, message }) => {
      const { error, attempt: latest } = state.steps[index]!;
      const own = attempt === latest ? error : undefined;
      return {
        step: plan.workflow.steps[index]!.id,
        attempt,
        reason: status === "expired" ? "lease_expired" : (reason ?? own?.reason ?? "failed"),
        message: message ?? (status === "expired" ? "" : (own?.message ?? "")),
        at: iso(endedAt),
      };
    });
}
