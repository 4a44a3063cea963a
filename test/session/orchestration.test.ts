import { expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/event.ts";
import { fold } from "../../src/run/fold.ts";
import { foldSession } from "../../src/session/fold.ts";
import { orchestrationState } from "../../src/session/orchestration.ts";
import { beginning, created, edges, planOf } from "../rig/rules/workflow.ts";
import { opened } from "../rig/session-event.ts";

const T = created().at;
const at = (ms: number) => ({ at: T + ms, epoch: 1 });
const session = foldSession([opened()])!;
const token = (n: number) => `as_0000000000${String(n).padStart(12, "0")}`;
const agent = (id: string, name: string) => ({ id, type: "agent", config: { agent: name } });
const plan = planOf(
  [
    agent("plan", "planner"),
    agent("one", "builder"),
    agent("two", "builder"),
    { id: "sh" },
    agent("last", "doc-scribe"),
  ],
  edges("plan → one", "plan → two", "one → last"),
);

function run(...events: JournalEvent[]) {
  const state = beginning(plan);
  for (const event of events) fold(plan, state, event);
  return { plan, state };
}

const assigned = (step: string, n: number, name: string, attempt = 1): JournalEvent => ({
  ...{ ...at(n), type: "step_assigned", step, attempt, assignment: token(n), agent: name, expiresAt: T + 9_999 },
});
const completed = (step: string, n: number): JournalEvent => ({
  ...{ ...at(n), type: "step_completed", step, attempt: 1, output: step, evidence: "reported" },
});

const agents = (...events: JournalEvent[]) =>
  orchestrationState(session, "EXECUTING", "x", run(...events)).routing.agent_sequence.map(
    ({ agent, status }) => `${agent} ${status}`,
  );

test("a session without a run takes its agent sequence from routing", () => {
  expect(orchestrationState(session, "PLANNING", "build-only", undefined)).toEqual({
    id: "os_0000000000",
    mode: "implicit",
    status: "planning",
    goal: "mend it",
    routing: {
      workflow: "build_only",
      template: "build-only",
      agent_sequence: [{ agent: "builder", status: "pending" }],
      confidence: 0.9,
      complexity: "low",
      reasons: [],
    },
    agent_states: [],
    checkpoints: [],
    failures: [],
  });
});

test("neighbouring steps of the same agent are one turn", () => {
  expect(agents()).toEqual(["planner pending", "builder pending", "doc-scribe pending"]);
  const planned = [assigned("plan", 1, "planner"), completed("plan", 2)];
  expect(agents(planned[0]!)).toEqual(["planner active", "builder pending", "doc-scribe pending"]);
  expect(agents(...planned, assigned("one", 3, "builder"))).toEqual([
    "planner completed",
    "builder active",
    "doc-scribe pending",
  ]);
  const half = [...planned, assigned("one", 3, "builder"), completed("one", 4)];
  expect(agents(...half)).toEqual(["planner completed", "builder active", "doc-scribe pending"]);
  expect(agents(...half, assigned("two", 5, "builder"), completed("two", 6))[1]).toBe("builder completed");
});

test("failures and checkpoints name their step, attempt and agent", () => {
  const failed: JournalEvent = {
    ...{ ...at(3), type: "step_failed", step: "one", attempt: 1, reason: "agent_failed", message: "no such table" },
  };
  const given = run(
    assigned("plan", 1, "planner"),
    completed("plan", 2),
    { ...at(2), type: "checkpoint_created", checkpoint: "cp_0000000000_3", trigger: "agent", step: "plan" },
    { ...at(2), type: "checkpoint_created", checkpoint: "cp_0000000000_4", trigger: "manual", name: "here" },
    assigned("one", 3, "builder"),
    failed,
    { ...at(4), type: "step_skipped", step: "last", reason: "dependency", message: "x" },
    { ...at(4), type: "cancel_requested" },
  );
  const state = orchestrationState(session, "FAILED", "x", given);
  expect(state.failures).toEqual([
    { step: "one", attempt: 1, reason: "agent_failed", message: "no such table", at: new Date(T + 3).toISOString() },
  ]);
  expect(state.checkpoints).toEqual([
    { id: "cp_0000000000_3", name: "plan_complete", after_agent: "planner", at: new Date(T + 2).toISOString() },
    { id: "cp_0000000000_4", name: "here", at: new Date(T + 2).toISOString() },
  ]);
  expect(state.routing.agent_sequence.map(({ status }) => status)).toEqual(["completed", "failed", "skipped"]);
  expect(state.agent_states[0]).toEqual({
    ...{ agent: "planner", step: "plan", status: "completed", evidence: "reported", output: "plan" },
  });
});

test("an expired lease is a failure, and the worker is named", () => {
  const given = run({ ...assigned("plan", 1, "planner"), worker: "claude-2" } as JournalEvent, {
    ...{ ...at(5), type: "lease_expired", step: "plan", attempt: 1 },
  });
  const state = orchestrationState(session, "EXECUTING", "x", given);
  expect(state.failures).toMatchObject([{ step: "plan", reason: "lease_expired", message: "" }]);
  expect(state.agent_states[0]).toMatchObject({ status: "pending", worker: "claude-2" });
});

test("an agent that asks, waits for its next try or was stopped is told apart from one that has not begun", () => {
  const asks: JournalEvent = {
    ...{ ...at(2), type: "questions_asked", step: "plan", attempt: 1, round: 1, agent: "planner" },
    ...{ assignment: "as_1", questions: [{ id: "q1", question: "Which?" }] },
  } as unknown as JournalEvent;
  expect(agents(assigned("plan", 1, "planner"), asks)[0]).toBe("planner asking");
  const later: JournalEvent = {
    ...{ ...at(3), type: "step_failed", step: "plan", attempt: 1, reason: "agent_failed", message: "busy" },
    retryAt: T + 90,
  } as JournalEvent;
  expect(agents(assigned("plan", 1, "planner"), later)[0]).toBe("planner waiting");
  expect(agents({ ...at(4), type: "cancel_requested" })).toEqual([
    ...["planner cancelled", "builder cancelled", "doc-scribe cancelled"],
  ]);
});

test("a failure tells what was said of its own attempt", () => {
  const given = run(assigned("plan", 1, "planner"), completed("plan", 2));
  given.state.log.push(
    { index: 0, attempt: 1, status: "failed", endedAt: T, reason: "agent_failed", message: "not mine" },
    { index: 0, attempt: 2, status: "failed", endedAt: T },
  );
  expect(orchestrationState(session, "EXECUTING", "x", given).failures).toMatchObject([
    { attempt: 1, reason: "agent_failed", message: "not mine" },
    { attempt: 2, reason: "failed", message: "" },
  ]);
});
