import type { Plan } from "../model/plan.ts";
import type { RunState, StepState } from "../model/run-state.ts";
import type { SessionState } from "../model/session.ts";
import type { WorkerConfig } from "../model/worker.ts";
import type { JsonValue } from "../model/workflow.ts";
import { targetOf } from "../run/state/performer.ts";
import type { Session } from "./fold.ts";

/** What seed 004 calls an agent's activity. */
type AgentStatus = "pending" | "active" | "completed" | "failed" | "skipped";

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
    readonly confidence: number | null;
    readonly complexity: string;
    readonly reasons: readonly string[];
  };
  readonly agent_states: readonly AgentState[];
  readonly checkpoints: readonly { id: string; name: string | null; after_agent: string | null; at: string }[];
  readonly failures: readonly { step: string; attempt: number; reason: string; message: string; at: string | null }[];
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
      confidence: routing.confidence ?? null,
      complexity: routing.complexity,
      reasons: routing.reasons,
    },
    agent_states: agents,
    checkpoints: (run?.state.checkpoints ?? []).map(({ id, name, step, at }) => ({
      id,
      name: name ?? null,
      after_agent: step === undefined ? null : (agents.find((one) => one.step === step)?.agent ?? null),
      at: iso(at),
    })),
    failures: run ? failures(run.plan, run.state) : [],
  };
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

function agentStatus({ status }: StepState): AgentStatus {
  switch (status) {
    case "completed":
    case "failed":
    case "skipped":
      return status;
    case "assigned":
    case "reported":
    case "running":
      return "active";
    case "cancelled":
    case "undone":
      return "skipped";
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
  if (statuses.includes("active")) return "active";
  if (statuses.every((status) => status === "skipped")) return "skipped";
  if (statuses.every((status) => status === "completed" || status === "skipped")) return "completed";
  return statuses.includes("completed") ? "active" : "pending";
}

/** Attempts that failed, the latest last. For a step that failed for good, also why. */
function failures(plan: Plan, state: RunState): OrchestrationState["failures"] {
  return state.log
    .filter(({ status }) => status === "failed" || status === "expired")
    .slice(-20)
    .map(({ index, attempt, status, endedAt }) => {
      const { error } = state.steps[index]!;
      return {
        step: plan.workflow.steps[index]!.id,
        attempt,
        reason: status === "expired" ? "lease_expired" : (error?.reason ?? "failed"),
        message: error?.message ?? "",
        at: iso(endedAt),
      };
    });
}
