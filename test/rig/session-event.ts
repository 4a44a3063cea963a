import type { SessionEventOf } from "../../src/model/session.ts";

/** The first event of a session's journal. */
export function opened(more: Partial<SessionEventOf<"session_opened">> = {}): SessionEventOf<"session_opened"> {
  const judged = { label: "build_only", confidence: 0.9 };
  return {
    type: "session_opened",
    at: 0,
    sessionId: "os_0000000000",
    goal: "mend it",
    cwd: "/project",
    mode: "implicit",
    routing: {
      ...judged,
      template: "build-only",
      parameters: { task: "mend it" },
      missing: [],
      tasks: [],
      agents: ["builder"],
      complexity: "low",
      reasons: [],
      alternatives: [],
      decision: "go",
      rules: judged,
    },
    parameters: {},
    checks: [],
    learnings: [],
    ...more,
  };
}
