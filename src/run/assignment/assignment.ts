import type { CheckResult } from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import type { NoteView, TraceView } from "../../model/view.ts";
import type { JsonSchema, WorkerConfig } from "../../model/worker.ts";
import type { JsonValue } from "../../model/workflow.ts";
import type { GivenAnswer } from "../features/given-answers.ts";
import { checksOf, textOf } from "../state/checks.ts";
import { factsOf } from "../state/gate.ts";
import { matchPerformer, targetOf } from "../state/performer.ts";
import { schemaOf } from "../worker/delivery-schemas.ts";
import { notesFor, type RelatedRun } from "../worker/notes.ts";
import { type Handoff, handoffsTo } from "./handoffs-to.ts";
import { type PlanPart, planPartFor } from "./plan-part.ts";
import { traceOf } from "./trace.ts";

/** What a worker may be told of a step, whole. `assignment-text.ts` says it within a number of characters. */
export interface Told {
  readonly workflowId: string;
  readonly runName: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly agent: string;
  readonly worker?: string;
  /** The step's name, if it differs from its id. */
  readonly title?: string;
  readonly description?: string;
  readonly action?: string;
  /** The work, in the workflow's words. */
  readonly prompt: string;
  /** What the person was asked in this run, and answered. */
  readonly answers: readonly GivenAnswer[];
  /** What the nearest agents before it delivered and said, and how the step itself was transferred. */
  readonly handoffs: readonly Handoff[];
  /** What others told it, the oldest first. */
  readonly notes: readonly NoteView[];
  /** Its earlier attempts, the oldest first. */
  readonly trace: readonly TraceView[];
  /** What it needs of the plan that it belongs to. */
  readonly plan?: PlanPart;
  /** The goal in the person's words, if a session started the run. */
  readonly goal?: string;
  readonly role: {
    readonly name: string;
    /** The capability's file. Absent if the registry has none of that name. */
    readonly path?: string;
    /** The file for readers: relative to the run's directory, or by its last names. */
    readonly file?: string;
    /** The worker was told the role before, in this run. */
    readonly known: boolean;
  };
  readonly input: JsonValue | null;
  readonly outputSchema?: JsonSchema;
  /** The worker was told before what such a delivery looks like. */
  readonly outputKnown: boolean;
  /** What Baton checks itself, for people to read. */
  readonly checks: readonly string[];
  /** How these went before the work, by check. */
  readonly before: Readonly<Record<string, CheckResult["outcome"]>>;
}

/** What the worker that holds a step is told. */
export interface Assignment extends Told {
  /** The token that delivers it. */
  readonly assignment: string;
  readonly expiresAt: string;
}

const iso = (at: number): string => new Date(at).toISOString();

/** Everything that the worker of a leased step needs for it, from the journal. Nothing is left out or summarised. */
export function assignmentOf(
  plan: Plan,
  state: RunState,
  index: number,
  related: readonly RelatedRun[] = [],
): Assignment {
  const { token, expiresAt } = state.steps[index]!.lease!;
  return { ...toldOf(plan, state, index, related), assignment: token, expiresAt: iso(expiresAt) };
}

/**
 * The same of any step of an agent, whether or not it is leased.
 * @param related the other runs of its tree, whose workers may have left notes for it
 */
export function toldOf(plan: Plan, state: RunState, index: number, related: readonly RelatedRun[] = []): Told {
  const { id, name, description } = plan.workflow.steps[index]!;
  const step = state.steps[index]!;
  const target = targetOf(plan, state, index);
  const { agent = target.name, worker, roleKnown, outputKnown } = step.lease ?? {};
  const performer = matchPerformer(target, agent);
  // Baton rendered it when the step became ready, and its inputs have not changed since.
  const rendered = plan.render(index, factsOf(state));
  const { config: filled, values } = rendered.ok
    ? rendered.value
    : { config: plan.workflow.steps[index]!.config, values: {} };
  const { prompt, action, input } = filled as WorkerConfig;
  const schema = schemaOf(plan, state, index, agent);
  const part = planPartFor(plan, state, index);
  const { goal } = state.context;
  return {
    workflowId: state.workflowId,
    runName: state.name,
    stepId: id,
    attempt: step.attempt,
    agent,
    ...(worker !== undefined && { worker }),
    ...(name !== id && { title: name }),
    ...(description !== undefined && description !== "" && { description }),
    ...(action !== undefined && { action: asText(action) }),
    prompt: prompt === undefined ? "" : asText(prompt),
    answers: state.givenAnswers,
    handoffs: handoffsTo(plan, state, index, agent),
    notes: notesFor(plan, state, id, related),
    trace: traceOf(plan, state, id),
    ...(part && { plan: part }),
    ...(typeof goal === "string" && goal !== "" && { goal }),
    role: {
      name: performer?.name ?? agent,
      ...(performer?.path !== undefined && { path: performer.path, file: fileFor(performer.path, state.cwd) }),
      known: roleKnown ?? false,
    },
    input: (input as JsonValue | undefined) ?? null,
    ...(schema && { outputSchema: schema }),
    outputKnown: outputKnown ?? false,
    checks: [...new Set(checksOf(filled, values).map((check) => textOf(check, values)))],
    before: outcomesOf(step.baseline?.checks ?? []),
  };
}

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Outcomes by check. Of a command that went one way here and another way there, none is told. */
function outcomesOf(checks: readonly CheckResult[]): Record<string, CheckResult["outcome"]> {
  const agree = ({ check, outcome }: CheckResult) =>
    checks.every((one) => one.check !== check || one.outcome === outcome);
  return Object.fromEntries(checks.filter(agree).map(({ check, outcome }) => [check, outcome]));
}

/** A path as short as a reader needs it. */
const fileFor = (path: string, directory: string): string =>
  path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : `.../${path.split("/").slice(-2).join("/")}`;
