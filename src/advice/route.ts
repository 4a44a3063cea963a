import type { RouteContext, Routing } from "../model/routing.ts";
export function route(goal: string, context: RouteContext): Routing {
  const label = /fix|bug/.test(goal) ? "build_only" : "plan_then_build";
  const judged = { label, confidence: 0.9 };
  return {
    ...judged,
    template: label === "build_only" ? "build-only" : "plan-then-build",
    parameters: {},
    missing: [],
    tasks: [],
    agents: [],
    complexity: "low",
    reasons: [String(context.plans.length)],
    alternatives: [],
    decision: "go",
    rules: judged,
  };
}
