import { resolve } from "node:path";
import { z } from "zod";
import { err, ok, type Result } from "../../model/data/result.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { equalJson } from "../../model/json.ts";
import type { Routing } from "../../model/routing.ts";
import { SESSION_MODES } from "../../model/session.ts";
import { type JsonObject, JsonRecord } from "../../model/workflow.ts";
import type { App, Call } from "../app.ts";
import { idempotencyKey, waitSeconds } from "../fields.ts";
import { recordStart, runKeyOf } from "../finished-summary.ts";
import { doAssignment } from "../next-action.ts";
import { defineOperation } from "../operation.ts";
import { badInput, type Failure, failure } from "../refusal.ts";
import { executeRun } from "../run/execute.ts";
import { unknownRunner } from "../workflow/resolve-performers.ts";
import { conciseSession } from "./concise-session.ts";
import { findSameGoal, warnOfSameGoal } from "./duplicate-goal.ts";
import { type JustDoIt, justDoIt, justDoItLines } from "./just-do-it.ts";
import { findSession, type KnownSession, latestSessions, MAX_REMEMBERED_SESSIONS } from "./known-sessions.ts";
import { continueSession, openSession } from "./open-session.ts";
import { refuseUnknownLabel, templateNameOf } from "./routable-templates.ts";
import { routeGoal } from "./route-goal.ts";
import { planIdOf, unfinishedPlans } from "./routing-history.ts";
import { findListMistakes, runInputsOf, withTogether } from "./run-inputs.ts";
import type { SessionAnswer, UnclearGoal } from "./session-answers.ts";
import { goalFields, reason } from "./session-fields.ts";
import { noteLines, printRouting, printSession } from "./session-print.ts";
import { routingAnswerLines, sessionLines } from "./session-text.ts";
import { openQuestion, viewSession } from "./session-view.ts";
import { firstReady, takeFirst } from "./take-first.ts";

const { goal, assessment, tasks, backlog, cwd } = goalFields;

const input = z.object({
  goal: goal.optional(),
  mode: z.enum(SESSION_MODES).describe("explicit: shows a plan, waits for confirm").optional(),
  assessment,
  workflow: z.string().describe("type or template the user wants").optional(),
  parameters: JsonRecord.describe("also checks: [commands]").optional(),
  tasks,
  backlog,
  sessionId: z.string().describe("the session (instead of goal)").optional(),
  confirm: z.boolean().describe("the user agrees").optional(),
  reason,
  cwd,
  detach: z.boolean().describe("in a process of its own").optional(),
  runner: z
    .string()
    .describe("headless agent for agent steps: claude, goose, codex, or one from config.json")
    .optional(),
  unattended: z.boolean().describe("no agent is there to do the agent steps, so a runner must").optional(),
  waitSeconds,
  take: z.boolean().describe("false: lease no step to you").optional(),
  together: z.boolean().describe("multi_task: all tasks in one assignment").optional(),
  idempotencyKey: idempotencyKey.describe("same key, same session").optional(),
});
type Input = z.output<typeof input>;

/** Takes a goal to a run: at once, or once the caller has confirmed, chosen, or given what was missing. */
export const startSession = defineOperation({
  name: "session.start",
  summary: "build a goal: choose its workflow and start the run",
  effect: "change",
  input,
  tool: {
    name: "orchestrate",
    action: "start",
    unlisted: ["runner", "unattended", "reason", "backlog", "idempotencyKey", "detach"],
  },
  async handle(given, app, call): Promise<Result<SessionAnswer | UnclearGoal | JustDoIt, Failure>> {
    if (given.workflow !== undefined) {
      const unknown = refuseUnknownLabel(given.workflow, app, resolve(app.cwd, given.cwd ?? "."));
      if (unknown) return unknown;
    }
    const mistakes = findListMistakes(given.parameters ?? {});
    if (mistakes.length > 0) return err(badInput(mistakes));
    const runner = given.runner ?? (given.unattended ? app.runner : undefined);
    // A started session has its workers and takes no others.
    const before = given.sessionId === undefined ? undefined : await findSession(given.sessionId, app);
    const started = before?.run !== undefined;
    const needsRunner = given.unattended && runner === undefined && !started;
    const unfit = needsRunner ? noRunner(app) : unknownRunner(runner, app.runners);
    if (unfit) return err(badInput([unfit]));
    const routing =
      given.goal === undefined || given.sessionId !== undefined
        ? undefined
        : await routeGoal({ ...given, goal: given.goal }, app);
    const small = routing && justDoIt(given, routing, app);
    if (small) return ok(small);
    const unclear = routing && unclearGoal(given, routing);
    if (unclear) return ok(unclear);
    const asked = withTogether(given, given.workflow ?? before?.session.label ?? routing?.label);
    if (!asked.ok) return err(badInput([asked.error]));
    const opened =
      given.sessionId === undefined
        ? await openSession(asked.value, routing, app)
        : await continueSession(given.sessionId, asked.value, app);
    if (!opened.ok) return opened;
    const known = opened.value;
    if (known.run) {
      const refused = contradiction(known, given);
      if (refused) return refused;
      // The same call again gives the same assignment.
      const again = given.idempotencyKey !== undefined || given.confirm === true;
      const begun = again ? await withFirstStep(known, given, app, call) : await viewSession(known, app);
      return ok({ ...begun, existing: true });
    }
    const { missing, reasonToConfirm } = await runInputsOf(known.session, app);
    const question = openQuestion(known.session, missing, given.confirm);
    const waits = !given.confirm && (known.session.mode === "explicit" || reasonToConfirm !== undefined);
    const others = await findSameGoal(known.session, app);
    if (question !== undefined || waits) return ok(warnOfSameGoal(await viewSession(known, app), others));
    const begun = await startRun(known, { ...given, runner }, app, call);
    return begun.ok ? ok(warnOfSameGoal(begun.value, others)) : begun;
  },
  command: {
    usage: "build [goal]",
    options: {
      sessionId: {
        flags: "--session <id>",
        about: "instead of a goal: start a session that waits for parameters, a choice or confirmation",
        conflicts: ["cwd", "idempotencyKey"],
      },
      runner: "--runner <name>",
      workflow: {
        flags: "--workflow <name>",
        about: "workflow to use: build_only, plan_then_build, multi_task, decompose_first, or a template",
      },
      parameters: {
        flags: "--param <k=v>",
        about: "a parameter: k=text, or k:=json; checks:=[…] sets the checks",
      },
      cwd: { flags: "--cwd <dir>", about: "project directory" },
      idempotencyKey: {
        flags: "--key <key>",
        about: "idempotency key: the same key never starts a second session",
      },
      detach: {
        flags: "--detach",
        about: "start the run in a process of its own and exit; an agent session or --runner does its steps",
      },
    },
    follows: true,
    mistake: ({ goal, sessionId }) =>
      (goal === undefined) === (sessionId === undefined) ? GOAL_OR_SESSION : undefined,
    toInput: ({ sessionId, detach, json: _, ...given }) => ({
      ...given,
      // Naming a waiting session confirms it.
      ...(sessionId !== undefined && { sessionId, confirm: true }),
      ...(detach ? { detach } : { unattended: true }),
    }),
    print: (answer, { colors }) =>
      "sessionId" in answer
        ? printSession(answer, colors)
        : "label" in answer
          ? printRouting(answer, colors)
          : [...justDoItLines(answer), answer.next].join("\n"),
    aside: (answer) => ("sessionId" in answer ? noteLines(answer) : []),
  },
  concise: (answer) => ("sessionId" in answer ? conciseSession(answer) : answer),
  text: (answer) =>
    "sessionId" in answer
      ? sessionLines(answer)
      : "label" in answer
        ? routingAnswerLines(answer)
        : justDoItLines(answer),
});

const GOAL_OR_SESSION =
  'give a goal, baton build "GOAL", or a session, baton build --session ID (baton session lists them)';

/** The answer to a goal that says too little. No session is opened, since there is nothing to come back to. */
function unclearGoal({ goal = "", workflow }: Input, routing: Routing): UnclearGoal | undefined {
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

function noRunner({ runners }: App): Diagnostic {
  const message = "the run has agent steps, and no runner to do them";
  const hint = `Name a runner with --runner ${runners.join(" | ")}, or set "runner" in config.json. In an agent's window, /build needs none.`;
  return { severity: "error", code: "missing_field", message, hint, at: { field: "runner" } };
}

async function startRun(
  { session }: KnownSession,
  given: Input,
  app: App,
  call: Call,
): Promise<Result<SessionAnswer, Failure>> {
  const { sessionId, cwd, label, learnings, goal } = session;
  const planId = label === "build_only" ? session.routing.planId : undefined;
  const plan = unfinishedPlans(await latestSessions(app, MAX_REMEMBERED_SESSIONS), cwd).find(
    ({ id }) => id === planId,
  )?.plan;
  await recordStart(session, app);
  const started = await executeRun.handle(
    {
      template: templateNameOf(label),
      cwd,
      parameters: (await runInputsOf(session, app, plan as JsonObject | undefined)).parameters,
      context: { session: sessionId, goal, plan: planId ?? planIdOf(sessionId), learnings: [...learnings] },
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
  const begun = await withFirstStep((await findSession(sessionId, app))!, given, app, call);
  const { warnings } = (started.ok ? started.value : {}) as { warnings?: readonly string[] };
  return ok({ ...begun, ...(warnings && { warnings }) });
}

/** The session with its first assignment, unless the user decides when it goes on, or others do its steps. */
async function withFirstStep(known: KnownSession, given: Input, app: App, call: Call): Promise<SessionAnswer> {
  const { sessionId, mode } = known.session;
  if (given.unattended || given.detach) return viewSession(known, app);
  const { workflowId } = known.run!.state;
  const takes = mode === "implicit" && given.take !== false;
  if (!takes) await firstReady(workflowId, app, call);
  const assignments = takes ? await takeFirst({ sessionId, workflowId }, app, call) : [];
  const view = await viewSession((await findSession(sessionId, app))!, app);
  const [first] = assignments;
  return first ? { ...view, assignments, next: doAssignment() } : view;
}
