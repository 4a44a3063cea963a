import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fact, JournalEvent } from "../../src/model/event.ts";
import type { Message } from "../../src/model/message.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { MessageOutcome, RunState } from "../../src/model/run-state.ts";
import { fold } from "../../src/run/fold.ts";
import { handleMessage } from "../../src/run/handle-message.ts";
import { fromSnapshot, toSnapshot } from "../../src/run/snapshot.ts";
import { findRemembered, MIN_REMEMBERED_MESSAGES, outcomeOf } from "../../src/run/state/message-dedup.ts";
import { runs } from "../rig/rules/runs.ts";
import { beginning, planOf } from "../rig/rules/workflow.ts";

const TOKEN = "as_0123456789zz0000000000";
const accept: Message = { id: "with a key", action: "accept", tokens: [TOKEN] };
const planOfTwo = () => planOf(["a", "b"].map((id) => ({ id, type: "agent", config: { agent: "ag" } })));

/** Handles a message like an owner: records the facts that follow, or message_refused. */
function handle(plan: Plan, state: RunState, message: Message): void {
  const received = handleMessage(plan, state, message, state.lastAt);
  const facts: readonly Fact[] = received.ok ? received.value : [{ type: "message_refused", ...received.error }];
  for (const fact of facts)
    fold(plan, state, { ...fact, at: state.lastAt, epoch: 1, cause: message.id } as JournalEvent);
}

const KINDS = ["checkpoint", "refused", "progress", "pause"] as const;

/** The next message; messages may go on forever, because at most three checkpoints are kept. */
function messageOf(kind: (typeof KINDS)[number], id: string, { checkpoints, status }: RunState): Message {
  if (checkpoints.length > 3) return { id, action: "delete_checkpoint", checkpoint: checkpoints[0]!.id };
  if (kind === "checkpoint") return { id, action: "checkpoint" };
  if (kind === "progress") return { id, action: "progress", assignment: TOKEN };
  if (kind === "pause") return { id, action: status === "paused" ? "resume" : "pause" };
  return { id, action: "restore", checkpoint: "cp_0123456789_0" };
}

test("a run remembers a bounded number of messages, and a repeated message has its first answer", () => {
  const scene = fc.record({
    total: fc.integer({ min: 1, max: 3 * MIN_REMEMBERED_MESSAGES }),
    kinds: fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 7 }),
    ages: fc.array(fc.nat(MIN_REMEMBERED_MESSAGES - 1), { minLength: 1, maxLength: 20 }),
    snapshotAt: fc.nat(3 * MIN_REMEMBERED_MESSAGES),
  });
  fc.assert(
    fc.property(scene, ({ total, kinds, ages, snapshotAt }) => {
      const plan = planOfTwo();
      let state = beginning(plan);
      handle(plan, state, accept);
      const said: { message: Message; answer: MessageOutcome }[] = [];
      for (let n = 0; n < total; n++) {
        const message = messageOf(kinds[n % kinds.length]!, `m${n}`, state);
        handle(plan, state, message);
        said.push({ message, answer: outcomeOf(state, message.id)! });
        if (n === snapshotAt) state = fromSnapshot(plan, JSON.parse(JSON.stringify(toSnapshot(state))));
      }
      expect(state.causes.size).toBeLessThanOrEqual(2 * MIN_REMEMBERED_MESSAGES);
      for (const age of ages) {
        const { message, answer } = said[Math.max(0, total - 1 - age)]!;
        expect(handleMessage(plan, state, message, state.lastAt)).toEqual({ ok: true, value: [] });
        expect(outcomeOf(state, message.id)).toEqual(answer);
      }
      expect(handleMessage(plan, state, accept, state.lastAt)).toEqual({ ok: true, value: [] });
      expect(state.tokens.get(TOKEN)).toEqual({ index: 0, attempt: 1 });
    }),
    { numRuns: runs(25) },
  );
});

test("answers to old messages are forgotten, except those to accept", () => {
  const plan = planOfTwo();
  const state = beginning(plan);
  handle(plan, state, accept);
  for (let n = 0; n <= 2 * MIN_REMEMBERED_MESSAGES; n++)
    handle(plan, state, { id: `m${n}`, action: "progress", assignment: TOKEN });
  expect(state.causes.size).toBe(MIN_REMEMBERED_MESSAGES);
  expect(outcomeOf(state, `m${MIN_REMEMBERED_MESSAGES}`)).toBeUndefined();
  expect(outcomeOf(state, `m${MIN_REMEMBERED_MESSAGES + 1}`)).toEqual({});
  expect(outcomeOf(state, accept.id)).toEqual({});
  expect(findRemembered(state, "with a")).toBe(accept.id);
  expect(findRemembered(state, "without")).toBeUndefined();
});
