import type { JsonObject, JsonValue } from "../../model/workflow.ts";
import { sameName } from "../state/performer.ts";

/** What one agent must tell another when it hands work over. */
interface Contract {
  readonly from: string;
  readonly to: string;
  readonly required: readonly string[];
}

/**
 * The handoffs between planners and builders, after STUDIO orchestration. That document shows two shapes from builder
 * to planner; what both have is required.
 */
const CONTRACTS: readonly Contract[] = [
  {
    from: "planner",
    to: "builder",
    required: ["task_id", "plan_id", "plan_summary", "learnings_loaded", "requirements_summary"],
  },
  {
    from: "builder",
    to: "planner",
    required: ["failure_reason", "suggestion"],
  },
];

/** `builder-python` counts as a builder. */
const hasRole = (agent: string, role: string): boolean =>
  sameName(agent, role) || sameName(agent.slice(0, role.length + 1), `${role}-`);

/** An empty list is an answer. Null and empty text are none. */
const isGiven = (value: JsonValue | undefined): boolean =>
  value !== null && value !== undefined && (typeof value !== "string" || value.trim() !== "");

/** The keys that a handoff between these two lacks, as a sentence; `undefined` if none. */
export function missingContext(from: string, to: string, context: JsonObject): string | undefined {
  const contract = CONTRACTS.find((one) => hasRole(from, one.from) && hasRole(to, one.to));
  // `taskId` counts as `task_id`.
  const given = new Set(
    Object.keys(context)
      .filter((key) => isGiven(context[key]))
      .map((key) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
  );
  const missing = contract?.required.filter((key) => !given.has(key)) ?? [];
  if (missing.length === 0) return undefined;
  return `a handoff from ${from} to ${to} also needs context.${missing.join(", context.")}`;
}
