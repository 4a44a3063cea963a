import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { sessionIdFrom } from "../../model/ids.ts";
import { equalJson } from "../../model/json.ts";
import { err, ok, type Result } from "../../model/result.ts";
import { type Routing, WORKFLOW_TYPES } from "../../model/routing.ts";
import type { SessionEventOf } from "../../model/session.ts";
import { SESSION_MODES } from "../../model/session.ts";
import { type JsonObject, JsonRecord } from "../../model/workflow.ts";
import { didYouMean } from "../../workflow/diagnostics/did-you-mean.ts";
import type { App, Call } from "../app.ts";
import { idempotencyKey, waitSeconds } from "../fields.ts";
import { defineOperation } from "../operation.ts";
import type { Failure } from "../refusal.ts";
import { badInput, failure } from "../refusal.ts";
import { executeRun } from "../run/execute.ts";
import { unknownRunner } from "../workflow/resolve-performers.ts";
import { findSameGoal, warnOfSameGoal } from "./duplicate-goal.ts";
import { findSession, type KnownSession, latestSessions, MAX_REMEMBERED_SESSIONS, runKeyOf } from "./known-sessions.ts";
import { findRoutableTemplate, templateNameOf } from "./routable-templates.ts";
import { goalFields, routeGoal } from "./route-goal.ts";
import { learningsFor, unfinishedPlans } from "./routing-history.ts";
import { findListMistakes, runInputsOf } from "./session-confirmation.ts";
import { openQuestion, type SessionView, viewSession } from "./session-view.ts";

const input = z.object({
  ...goalFields,
  goal: z.string().optional(),
  sessionId: z.string().optional(),
  mode: z.enum(SESSION_MODES).optional(),
  /** A workflow type, or a template: what the goal becomes, whatever the routing says. */
  workflow: z.string().optional(),
  parameters: JsonRecord.optional(),
  confirm: z.boolean().optional(),
  reason: z.string().max(2_000).optional(),
  detach: z.boolean().optional(),
  /** The runner of worker steps. */
  runner: z.string().optional(),
  /** No agent is there to do the worker steps, so a runner must. */
  unattended: z.boolean().optional(),
  waitSeconds,
  idempotencyKey: idempotencyKey.optional(),
});
type Input = z.output<typeof input>;

/** Takes a goal to a run: at once, or once the caller has confirmed, chosen, or given what was missing. */
export const startSession = defineOperation({
  name: "session.start",
  input,
  async handle(given, app, call): Promise<Result<object, Failure>> {
    if (given.workflow !== undefined) {
      const unknown = refuseUnknownLabel(given.workflow, app, resolve(app.cwd, given.cwd ?? "."));
      if (unknown) return unknown;
    }
    const odd = findListMistakes(given.parameters ?? {});
    if (odd.length > 0) return err(badInput(odd));
    const runner = given.runner ?? (given.unattended ? app.runner : undefined);
    // A started session has its workers and takes no others.
    const started = given.sessionId !== undefined && (await findSession(given.sessionId, app))?.run !== undefined;
    const alone = given.unattended && runner === undefined && !started;
    const unfit = alone ? noRunner(app) : unknownRunner(runner, app.runners);
    if (unfit) return err(badInput([unfit]));
    const routing =
      given.goal === undefined || given.sessionId !== undefined
        ? undefined
        : await routeGoal({ ...given, goal: given.goal }, app);
    const question = routing && unclear(given, routing);
    if (question) return ok(question);
    const opened =
      given.sessionId === undefined ? await open(given, routing, app) : await goOn(given.sessionId, given, app);
    if (!opened.ok) return opened;
    const known = opened.value;
    if (known.run) return contradiction(known, given) ?? ok({ ...(await viewSession(known, app)), existing: true });
    const { missing, reasonToConfirm: yes } = await runInputsOf(known.session, app);
    const wanted = openQuestion(known.session, missing, given.confirm);
    const waits = !given.confirm && (known.session.mode === "explicit" || yes !== undefined);
    const others = await findSameGoal(known.session, app);
    if (wanted !== undefined || waits) return ok(warnOfSameGoal(await viewSession(known, app), others));
    const begun = await begin(known, { ...given, runner }, app, call);
    return begun.ok ? ok(warnOfSameGoal(begun.value, others)) : begun;
  },
});

/** The answer to a goal that says too little. No session is opened, since there is nothing to come back to. */
function unclear({ goal = "", workflow }: Input, routing: Routing): object | undefined {
  const says = goal.trim() !== "";
  if (says && (workflow !== undefined || routing.missing.length > 0)) return undefined;
  if (routing.decision !== "ask") return undefined;
  const question = routing.question ?? "What is to be done?";
  return { ...routing, state: "IDLE", next: `ask the user: ${question} Then orchestrate {goal: "…"} with all of it.` };
}

/** What a caller says now changes nothing in a started run. The caller must learn that. */
function contradiction({ session, run }: KnownSession, given: Input): Result<never, Failure> | undefined {
  const { workflow, parameters, runner } = given;
  const other = workflow !== undefined && workflow !== session.label ? `workflow "${workflow}"` : undefined;
  const worker = runner !== undefined && runner !== run!.state.runner ? `runner "${runner}"` : undefined;
  const changed = Object.entries(parameters ?? {}).find(
    ([name, value]) => !equalJson(run!.state.parameters[name], value),
  );
  const what = other ?? worker ?? (changed && `parameters.${changed[0]}`);
  if (what === undefined) return undefined;
  return failure({
    reason: "illegal_transition",
    message: `the session ${session.sessionId} has already started as ${session.label}, so ${what} comes too late`,
    hint: `orchestrate {action: "correct"} records the workflow it should have had; to start over, cancel it, then orchestrate {goal, workflow}.`,
    workflowId: run!.state.workflowId,
  });
}

/** Why a label is neither a workflow type nor a template here; `undefined` if it is one. */
export function refuseUnknownLabel(label: string, app: App, directory: string): Result<never, Failure> | undefined {
  if (findRoutableTemplate(label, app, directory)) return undefined;
  const names = [...WORKFLOW_TYPES, ...new Set(app.library.scan(directory).templates.map(({ name }) => name))];
  const hint = didYouMean(label, names) ?? `Known: ${names.slice(0, 20).join(", ")}.`;
  const message = `"${label.slice(0, 100)}" is neither a workflow type nor a valid template`;
  return err(badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "workflow" } }]));
}

function noRunner({ runners }: App): Diagnostic {
  const message = "the run has agent steps, and no runner to do them";
  const hint = `Name a runner with --runner ${runners.join(" | ")}, or set "runner" in config.json. In an agent's window, /build needs none.`;
  return { severity: "error", code: "missing_field", message, hint, at: { field: "runner" } };
}

/** @param routing the routing of the goal; absent if the caller gave no goal */
async function open(given: Input, routing: Routing | undefined, app: App): Promise<Result<KnownSession, Failure>> {
  const { goal, mode = "implicit", workflow, parameters = {}, assessment } = given;
  if (goal === undefined || !routing) {
    const hint =
      'Give goal: what the user wants, in the user\'s words. orchestrate {action: "menu"} shows the operations and recent sessions.';
    const message = "there is no goal and no session";
    return err(badInput([{ severity: "error", code: "missing_field", message, hint, at: { field: "goal" } }]));
  }
  const cwd = resolve(app.cwd, given.cwd ?? ".");
  const key = given.idempotencyKey;
  const sessionId =
    key === undefined
      ? sessionIdFrom(app.scheduler.random(10))
      : sessionIdFrom(createHash("sha256").update(key).digest());
  const before = key === undefined ? undefined : await findSession(sessionId, app);
  if (before) {
    const same = before.session.goal === goal && (workflow === undefined || workflow === before.session.label);
    return same ? ok(before) : otherAsked(key!, before);
  }
  const past = await latestSessions(app, MAX_REMEMBERED_SESSIONS);
  const opened: SessionEventOf<"session_opened"> = {
    type: "session_opened",
    at: app.scheduler.now(),
    ...{ sessionId, goal, cwd, mode, parameters },
    routing,
    ...(assessment && { assessment }),
    ...(workflow !== undefined && { chosen: workflow }),
    checks: app.detectChecks(cwd).map(({ command }) => command),
    learnings: learningsFor(goal, past, cwd),
  };
  app.sessions.open(opened);
  return ok((await findSession(sessionId, app))!);
}

function otherAsked(key: string, { session }: KnownSession): Result<never, Failure> {
  return failure({
    reason: "key_conflict",
    message: `idempotencyKey "${key}" already belongs to the session ${session.sessionId}, which has another goal or workflow`,
    hint: `Use another key, or orchestrate {sessionId: "${session.sessionId}"}.`,
  });
}

/** Continues a waiting session with what the caller says now. */
async function goOn(sessionId: string, given: Input, app: App): Promise<Result<KnownSession, Failure>> {
  const known = await findSession(sessionId, app);
  if (!known) return failure(sessionNotFound(sessionId));
  if (known.run) return ok(known);
  if (known.session.finishedAt !== undefined) {
    return failure({
      reason: "illegal_transition",
      message: `the session ${sessionId} was abandoned before it was started`,
      hint: "Start a new one: orchestrate {goal}.",
    });
  }
  // These belong to the goal. Given later, they would change nothing.
  const late = (["assessment", "tasks", "backlog"] as const).filter((name) => given[name] !== undefined);
  if (late.length > 0) {
    const message = `can be given only together with a goal; the session ${sessionId} is already routed`;
    const hint = "Give workflow or parameters instead, or leave out sessionId and give the goal again.";
    return err(
      badInput(late.map((field) => ({ severity: "error", code: "invalid_value", message, hint, at: { field } }))),
    );
  }
  const { workflow, parameters, reason, goal } = given;
  if (goal !== undefined && goal !== known.session.goal) {
    return failure({
      reason: "illegal_transition",
      message: `the session ${sessionId} is for another goal`,
      hint: "Leave out sessionId: orchestrate {goal} opens a session for this one.",
    });
  }
  if (workflow !== undefined || parameters) {
    app.sessions.append(sessionId, {
      type: "session_corrected",
      at: app.scheduler.now(),
      parameters: parameters ?? {},
      ...(workflow !== undefined && { label: workflow }),
      ...(reason !== undefined && { reason }),
    });
  }
  return ok((await findSession(sessionId, app))!);
}

export const sessionNotFound = (sessionId: string) => ({
  reason: "not_found" as const,
  message: `there is no session "${sessionId.slice(0, 100)}"`,
  hint: 'orchestrate {action: "list"} shows the sessions here.',
});

async function begin(
  { session }: KnownSession,
  given: Input,
  app: App,
  call: Call,
): Promise<Result<SessionView, Failure>> {
  const { sessionId, cwd, label, learnings, goal } = session;
  const plan = unfinishedPlans(await latestSessions(app, MAX_REMEMBERED_SESSIONS), cwd).find(
    ({ id }) => id === session.routing.planId,
  )?.plan;
  const started = await executeRun.handle(
    {
      template: templateNameOf(label),
      cwd,
      parameters: (await runInputsOf(session, app, plan as JsonObject | undefined)).parameters,
      context: { session: sessionId, goal, learnings: [...learnings] },
      idempotencyKey: runKeyOf(sessionId),
      ...(given.detach !== undefined && { detach: given.detach }),
      ...(given.runner !== undefined && { runner: given.runner }),
      waitSeconds: given.waitSeconds,
    },
    app,
    call,
  );
  // Another process started it at the same time, perhaps as something else. That run counts.
  if (!started.ok && started.error.reason !== "key_conflict") return started;
  return ok(await viewSession((await findSession(sessionId, app))!, app));
}
