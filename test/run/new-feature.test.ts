// What it takes to give runs a new capability: one object, and its place in the table.
import { expect, test } from "vitest";
import type { z } from "zod";
import { ok } from "../../src/model/data/result.ts";
import { event, instant } from "../../src/model/event.ts";
import { message } from "../../src/model/message.ts";
import type { Plan } from "../../src/model/plan.ts";
import { FEATURE_LIST } from "../../src/run/features/index.ts";
import { fold, initialState } from "../../src/run/fold.ts";
import { toSnapshot } from "../../src/run/snapshot.ts";
import { type Feature, featureTable } from "../../src/run/state/feature.ts";
import { failureFact } from "../../src/run/state/step-failure.ts";
import { LIVE } from "../../src/run/state/transitions.ts";
import { agentStep, Desk } from "../rig/rules/scenario.ts";
import { created, type StepSketch } from "../rig/rules/workflow.ts";

// --- The capability: a circuit breaker ---------------------------------------------------------------------------

const breakerOpened = event("breaker_opened", { until: instant });
const breakerClosed = event("breaker_closed", {});
const closeBreaker = message("close_breaker", {});

declare module "../../src/model/event.ts" {
  interface FeatureEvents {
    breaker_opened: z.infer<typeof breakerOpened>;
    breaker_closed: z.infer<typeof breakerClosed>;
  }
}
declare module "../../src/model/message.ts" {
  interface FeatureMessages {
    close_breaker: z.infer<typeof closeBreaker>;
  }
}
declare module "../../src/model/run-state.ts" {
  interface StepState {
    /** How often it failed while it called the service. */
    callsFailed?: number;
  }
  interface FeatureState {
    /** The failures in a row of steps that call the service, and until when no such step starts. */
    breaker?: { readonly failures: number; readonly until?: number };
  }
}

const MAX_FAILURES = 2;
const OPEN_MS = 60_000;

const callsService = (plan: Plan, index: number): boolean => plan.workflow.steps[index]!.config.service === true;

/** After two failures in a row, no step that calls the service starts for a minute. */
const breaker: Feature = {
  initial: () => ({ breaker: { failures: 0 } }),
  events: {
    breaker_opened: {
      schema: breakerOpened,
      runStatuses: LIVE,
      fold(_plan, state, { until }) {
        state.breaker = { failures: 0, until };
      },
    },
    breaker_closed: {
      schema: breakerClosed,
      runStatuses: LIVE,
      fold(_plan, state) {
        state.breaker = { failures: 0 };
      },
    },
  },
  messages: { close_breaker: { schema: closeBreaker, handle: () => ok([{ type: "breaker_closed" }]) } },
  afterStep(plan, state, index, { type }) {
    if (!callsService(plan, index) || (type !== "step_failed" && type !== "step_completed")) return;
    const { failures, ...rest } = state.breaker!;
    state.breaker = { ...rest, failures: type === "step_failed" ? failures + 1 : 0 };
    const step = state.steps[index]!;
    if (type === "step_failed") step.callsFailed = (step.callsFailed ?? 0) + 1;
  },
  onOutcome(plan, state, index, end, now) {
    if (end.outcome === "completed" || !callsService(plan, index)) return undefined;
    if (state.breaker!.failures + 1 < MAX_FAILURES) return undefined;
    const { outcome: _, ...failed } = end;
    const { attempt } = state.steps[index]!;
    const step = plan.workflow.steps[index]!.id;
    const failure = failureFact(plan, state, index, { step, attempt, ...failed }, now);
    return [failure, { type: "breaker_opened", until: now + OPEN_MS }];
  },
  admission: {
    lane: (plan, index) => (callsService(plan, index) ? 1 : 0),
    open: (_plan, { breaker }) => (breaker?.until === undefined ? undefined : () => false),
    reason: "the service failed too often",
  },
  timer: (_plan, { breaker }) =>
    breaker?.until === undefined ? undefined : { at: breaker.until, fact: { type: "breaker_closed" } },
};

/** The one line. */
const features = featureTable([...FEATURE_LIST, breaker]);

// --- Runs with it ------------------------------------------------------------------------------------------------

const calls = (id: string): StepSketch => ({ id, config: { service: true } });

function withOpenBreaker(...more: StepSketch[]): Desk {
  const desk = new Desk([calls("a"), calls("b"), calls("c"), { id: "d" }, ...more], [], {
    features,
    created: { maxParallel: 1 },
  });
  desk.fail("a");
  desk.fail("b");
  return desk;
}

test("an outcome opens the breaker, and only steps that do not call the service start", () => {
  const desk = withOpenBreaker();
  expect(desk.told().slice(-4)).toEqual(["step_started b", "step_failed b", "breaker_opened", "step_started d"]);
  expect(desk.statuses).toEqual(["failed", "failed", "ready", "running"]);
  expect(desk.decision.wakeAt).toBe(desk.state.breaker!.until);
});

test("its fields survive a snapshot, time closes the breaker, and the run goes on to its end", () => {
  const desk = withOpenBreaker();
  const before = toSnapshot(desk.state);
  desk.reopen();
  expect(toSnapshot(desk.state)).toEqual(before);
  expect(desk.step("a").callsFailed).toBe(1);
  desk.end("d");
  expect(desk.statuses[2]).toBe("ready");
  desk.pass(OPEN_MS);
  expect(desk.told().slice(-2)).toEqual(["breaker_closed", "step_started c"]);
  desk.end("c");
  expect(desk.state.status).toBe("failed");
});

test("another process folds the same state from the journal", () => {
  const desk = withOpenBreaker();
  desk.pass(OPEN_MS);
  const { plan } = desk;
  const other = initialState(plan, created({ maxParallel: 1 }), { parameters: {}, context: {} }, features);
  for (const one of desk.journal) fold(plan, other, one);
  expect(toSnapshot(other)).toEqual(toSnapshot(desk.state));
});

test("a checkpoint restores its field of a step", () => {
  const desk = new Desk([calls("a")], [], { features });
  desk.ask({ action: "checkpoint" });
  desk.fail("a");
  expect(desk.step("a").callsFailed).toBe(1);
  desk.ask({ action: "restore", checkpoint: desk.state.checkpoints[0]!.id });
  expect(desk.step("a").callsFailed).toBeUndefined();
});

test("its message closes the breaker, and its event is refused where it cannot happen", () => {
  const desk = withOpenBreaker();
  expect(desk.ask({ action: "close_breaker" })).toEqual(["breaker_closed"]);
  expect(desk.decision.wakeAt).toBeUndefined();
  desk.end("d");
  desk.end("c");
  expect(() => desk.commit([{ type: "breaker_closed" }])).toThrow("breaker_closed cannot happen to a run");
});

test("workers learn why they must wait", () => {
  const desk = withOpenBreaker(agentStep("e", { service: true }), agentStep("f"));
  expect(desk.accept({ stepId: "e" })).toEqual([]);
  expect(desk.ask({ action: "accept", tokens: [desk.token()], stepId: "e" })).toEqual({
    reason: "not_ready",
    message: 'step "e" waits: the service failed too often',
  });
  expect(desk.accept({}, 2)).toHaveLength(1);
  desk.pass(OPEN_MS);
  expect(desk.accept({ stepId: "e" })).toHaveLength(1);
});

test("a run without it has none of it", () => {
  const desk = new Desk([calls("a"), calls("b"), calls("c")], [], { created: { maxParallel: 1 } });
  desk.fail("a");
  desk.fail("b");
  expect(desk.told().slice(-2)).toEqual(["step_failed b", "step_started c"]);
  expect(toSnapshot(desk.state)).not.toHaveProperty("breaker");
});
