import { agentSyntax } from "../../src/engine/steps/agent.ts";
import { commandSyntax } from "../../src/engine/steps/command.ts";
import type { JournalEvent } from "../../src/model/event.ts";
import type { RunState } from "../../src/model/run-state.ts";
import { fold, initialState } from "../../src/run/fold.ts";
import { isFinal } from "../../src/run/state/state.ts";
import { compilePlan } from "../../src/workflow/graph/plan.ts";
import { workflowOf } from "../rig/rules/workflow.ts";
import { factsOf, type Played } from "./played.ts";
import type { Scenario } from "./scenario.ts";

/** Everything that must hold after a scenario. Returns what does not. */
export function violations(scenario: Scenario, played: Played): string[] {
  const { started, disk, broken, ended, seen } = played;
  const found = broken.map((message) => `an engine failed: ${message}`);
  if (started === undefined) return [...found, "the run never started, although its caller kept trying"];
  if (disk.runs.size > 1) found.push(`one idempotency key made ${disk.runs.size} runs`);
  const journal = disk.events(started);
  let folded: { state: RunState; counted: readonly JournalEvent[] };
  try {
    folded = foldJournal(scenario, journal);
  } catch (error) {
    return [...found, `the journal is not one owner's truth: ${(error as Error).message}`];
  }
  const { state, counted } = folded;
  if (!ended) found.push(`the run does not end: it is ${state.status}`);
  else if (!isFinal(state)) found.push(`the run has finished but is ${state.status}`);
  found.push(
    ...lostMessages(played, counted),
    ...lostNotes(played, counted),
    ...repeatedSteps(played, counted),
    ...overlaps(played),
  );
  const facts = factsOf(state);
  found.push(...seen.filter((one) => one !== facts).map((one) => `a process sees ${one}; the journal tells ${facts}`));
  return found;
}

/** Folds a journal as a reader does, without snapshots. Throws if its events contradict each other. */
function foldJournal({ steps, dependencies, limits }: Scenario, journal: readonly JournalEvent[]) {
  const [created, ...rest] = journal;
  if (created?.type !== "run_created") throw new Error(`it begins with ${created?.type}`);
  const workflow = workflowOf(steps, dependencies, { limits });
  const plan = compilePlan(workflow, [commandSyntax, agentSyntax]);
  const state = initialState(plan, created, { parameters: {}, context: {} });
  const counted = [created, ...rest.filter((event) => fold(plan, state, event))];
  return { state, counted };
}

/** Events that only come before the one that answers a message. */
const PRELUDES: readonly string[] = ["notes_left", "step_taken_over"];

/** Messages that were acknowledged, and that no event of the journal carries. */
function lostMessages({ acknowledged }: Played, counted: readonly JournalEvent[]): string[] {
  const causes = new Set(counted.filter(({ type }) => !PRELUDES.includes(type)).map(({ cause }) => cause));
  return acknowledged
    .filter(({ message }) => !causes.has(message.id))
    .map(({ message }) => `"${message.action}" (${message.id.slice(0, 6)}) was acknowledged and is lost`);
}

/** Notes that were acknowledged with a delivery that took effect, and that the journal does not have. */
function lostNotes({ acknowledged }: Played, counted: readonly JournalEvent[]): string[] {
  const repeated = new Set(counted.flatMap((event) => (event.type === "delivery_repeated" ? [event.cause] : [])));
  const left = counted.flatMap((event) => (event.type === "notes_left" ? event.notes.map(({ text }) => text) : []));
  return acknowledged.flatMap(({ message }) => {
    const notes = ("notes" in message && !repeated.has(message.id) && message.notes) || [];
    return notes
      .filter(({ text }) => !left.includes(text))
      .map(({ text }) => `"${text}" (${message.action} ${message.id.slice(0, 6)}) was acknowledged and is lost`);
  });
}

/** Attempts that began after the journal told that their step was completed, without a restart or restore between. */
function repeatedSteps({ performances }: Played, counted: readonly JournalEvent[]): string[] {
  const found: string[] = [];
  const attempts = performances.all.filter(({ check }) => !check);
  for (const { stepId, attempt, pid } of attempts) {
    const start = counted.findIndex(
      (event) => event.type === "step_started" && event.step === stepId && event.attempt === attempt,
    );
    if (start < 0) {
      found.push(`p${pid} performed ${stepId}.${attempt}, which no event of the journal starts`);
      continue;
    }
    const before = counted
      .slice(0, start)
      .findLast((event) =>
        event.type === "step_completed"
          ? event.step === stepId
          : ["run_restarted", "run_restored"].includes(event.type),
      );
    if (before?.type === "step_completed") found.push(`${stepId}.${attempt} began although ${stepId} was completed`);
  }
  const names = attempts.map(({ stepId, attempt }) => `${stepId}.${attempt}`);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [...found, ...twice.map((name) => `${name} was performed twice`)];
}

/** Two attempts of one step that ran at the same time, and attempts that a former owner killed. */
function overlaps({ performances }: Played): string[] {
  const found: string[] = [];
  const latest = new Map<string, (typeof performances.all)[number]>();
  for (const one of performances.all) {
    const before = latest.get(one.stepId);
    if (before && (before.to === undefined || before.to > one.from))
      found.push(
        `${one.stepId}.${one.attempt} (p${one.pid}) began while ${before.stepId}.${before.attempt} (p${before.pid}) still ran`,
      );
    latest.set(one.stepId, one);
    if (one.wronglyKilledBy !== undefined)
      found.push(`p${one.wronglyKilledBy} had lost the run, and killed ${one.stepId}.${one.attempt} of p${one.pid}`);
  }
  return found;
}
