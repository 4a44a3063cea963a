import { type Command, Option } from "commander";
import type { Colors } from "picocolors/types";
import { folded } from "../model/text/plain.ts";
import { indentedBlock, named, quotedLine } from "../model/text/quoted.ts";
import { operations } from "../operations/index.ts";
import type { listSessions } from "../operations/session/session-menu.ts";
import type { SessionView } from "../operations/session/session-view.ts";
import { collect, integer } from "./arguments.ts";
import type { DriveRun } from "./follow-run.ts";
import type { Ask } from "./terminal.ts";

const GOAL_OR_SESSION =
  'give a goal, baton build "GOAL", or a session, baton build --session ID (baton session lists them)';

type SessionAnswer = Partial<SessionView> &
  Pick<SessionView, "sessionId" | "goal" | "state" | "routing" | "next"> & {
    readonly note?: string;
    readonly alreadyExecuting?: readonly { sessionId: string; workflowId: string }[];
    readonly summary?: string;
    readonly learned?: readonly string[];
    readonly history?: readonly { from: string; to: string; at: string; why: string }[];
  };
type SessionLine = NonNullable<
  Awaited<ReturnType<typeof listSessions.handle>> & { ok: true }
>["value"]["sessions"][number];

/** Adds `build`, `route` and `session`: the actions of the orchestrate tool, for people and scripts. */
export function addSessionCommands(program: Command, ask: Ask, drive: DriveRun, colors: Colors): void {
  const build = program
    .command("build [goal]")
    .description("build a goal unattended, with a headless agent (--runner)")
    .addOption(
      new Option(
        "--session <id>",
        "instead of a goal: start a session that waits for parameters, a choice or confirmation",
      ).conflicts(["cwd", "key"]),
    )
    .option("--runner <name>", "headless agent for agent steps: claude, goose, codex, or one from config.json")
    .option(
      "--workflow <name>",
      "workflow to use: build_only, plan_then_build, multi_task, decompose_first, or a template",
    )
    .option("--param <k=v>", "a parameter: k=text, or k:=json; checks:=[…] sets the checks", collect, {})
    .option("--cwd <dir>", "project directory")
    .option("--key <key>", "idempotency key: the same key never starts a second session")
    .option("--detach", "start the run in a process of its own and exit; an agent session or --runner does its steps")
    .option("--json", "print the result as JSON")
    .action((goal: string | undefined, { session, runner, workflow, param, cwd, key, detach, json }) => {
      if ((goal === undefined) === (session === undefined)) build.error(`error: ${GOAL_OR_SESSION}`);
      // Naming a waiting session confirms it.
      const what = session === undefined ? { goal, cwd, idempotencyKey: key } : { sessionId: session, confirm: true };
      const parameters = session !== undefined && Object.keys(param).length === 0 ? undefined : param;
      const input = { ...what, runner, workflow, parameters };
      const words = (view: SessionAnswer | SessionAnswer["routing"]) =>
        "sessionId" in view ? renderSession(view, colors) : renderRouting(view, colors).join("\n");
      if (detach) return ask("session.start", { ...input, detach }, { json }, words);
      const aside = (view: SessionAnswer) =>
        view.note === undefined ? [] : [`note: ${view.note}`, ...duplicateLines(view)];
      return drive(operations["session.start"], { ...input, unattended: true }, json, words, aside);
    });

  program
    .command("route <goal>")
    .description("show which workflow Baton would choose for a goal, and why; starts nothing")
    .option("--cwd <dir>", "project directory")
    .option("--json", "print as JSON")
    .action((goal: string, { cwd, json }) =>
      ask(
        "session.route",
        { goal, cwd },
        { json },
        ({ note, ...routing }: SessionAnswer["routing"] & { note?: string }) =>
          [...renderRouting(routing, colors), ...(note === undefined ? [] : [`note: ${note}`])].join("\n"),
      ),
    );

  const session = program.command("session").description("list and manage sessions: goals and their runs");
  session
    .command("list", { isDefault: true })
    .description("list the latest sessions, newest first")
    .option("--json", "print as JSON")
    .action((options) =>
      ask("session.list", {}, options, ({ sessions }: { sessions: SessionLine[] }) =>
        sessions.length === 0
          ? 'There are no sessions yet; start one with baton build "GOAL".'
          : sessions.map(lineOf).join("\n"),
      ),
    );
  session
    .command("show [id]")
    .description("show the state, history, routing and agents of a session (default: the latest)")
    .option("--wait <seconds>", "wait until the session ends or needs input", integer)
    .option("--json", "print as JSON, with orchestration_state")
    .action((sessionId: string | undefined, { wait, json }) =>
      ask(
        "session.status",
        { sessionId, waitSeconds: wait, detail: json ? "full" : "concise" },
        { json },
        (view: SessionAnswer) => renderSession(view, colors),
      ),
    );
  session
    .command("correct <workflow> [id]")
    .description("correct the chosen workflow; similar goals will use it in future")
    .option("--reason <text>", "why")
    .option("--json", "print as JSON")
    .action((workflow: string, sessionId: string | undefined, { reason, json }) =>
      ask("session.correct", { sessionId, workflow, reason }, { json }, (view: SessionAnswer) =>
        renderSession(view, colors),
      ),
    );
  session
    .command("transition <state> [id]")
    .description("request a state: EXECUTING, PAUSED or FAILED; refuses illegal transitions with the reason")
    .option("--json", "print as JSON")
    .action((to: string, sessionId: string | undefined, options) =>
      ask("session.transition", { sessionId, to }, options, (view: SessionAnswer) => renderSession(view, colors)),
    );
  session
    .command("finish [id]")
    .description("end a session and print its summary")
    .option("--json", "print as JSON")
    .action((sessionId: string | undefined, options) =>
      ask("session.finish", { sessionId }, options, (view: SessionAnswer) => renderSession(view, colors)),
    );
}

const lineOf = ({ sessionId, state, workflow, workflowId, goal }: SessionLine): string =>
  `${sessionId}  ${state.padEnd(9)}  ${named(workflow).padEnd(16)}  ${workflowId ?? ""}  ${quotedLine(folded(goal))}`;

function renderSession(view: SessionAnswer, colors: Colors): string {
  const { sessionId, state, goal, workflowId, checks = [], learnings = [], history = [], learned = [] } = view;
  return [
    `${colors.bold(sessionId)}  ${state}${workflowId === undefined ? "" : `  run ${workflowId}`}`,
    `  goal: ${folded(goal)}`,
    ...(view.summary === undefined ? renderRouting(view.routing, colors) : indentedBlock(view.summary)),
    ...(checks.length > 0 ? [`Checks: ${checks.join(", ")}`] : []),
    ...(learnings.length > 0 && view.summary === undefined ? ["Learned before:", ...learnings.map(learningLine)] : []),
    ...(view.note === undefined ? [] : [`note: ${view.note}`]),
    ...history.map(({ at, from, to, why }) => colors.dim(`${at}  ${from} → ${to}: ${why}`)),
    ...(learned.length > 0 ? ["Learned:", ...learned.map(learningLine)] : []),
    ...nextLines(view),
  ].join("\n");
}

const learningLine = (text: string): string => `- ${quotedLine(folded(text))}`;

/** Says what to do next, as commands for a terminal. */
function nextLines(view: SessionAnswer): string[] {
  return [...ownNextLines(view), ...duplicateLines(view)];
}

/** Points to sessions that already execute the same goal. */
const duplicateLines = ({ alreadyExecuting = [] }: SessionAnswer): string[] =>
  alreadyExecuting.map(({ sessionId }) => `See the earlier session: baton session show ${sessionId}`);

function ownNextLines({ state, routing, workflowId, sessionId }: SessionAnswer): string[] {
  if (state === "COMPLETED" || (state === "FAILED" && !workflowId)) return [];
  if (workflowId) return [`See it: baton status ${workflowId}`];
  const { missing, question, decision, alternatives } = routing;
  const goOn = `baton build --session ${sessionId}`;
  if (missing.length > 0) {
    const options = missing.map(({ name }) => `--param ${named(name)}=…`).join(" ");
    return [`It needs ${options}. Session ${sessionId} waits: ${goOn} ${options}`];
  }
  if (decision === "choose") {
    const [first, second] = [routing, ...alternatives].map(({ label }) => `--workflow ${named(label)}`);
    return [`Choose: ${[first, second].filter(Boolean).join(" or ")}. Session ${sessionId} waits: ${goOn} ${first}`];
  }
  return question === undefined ? [`Session ${sessionId} waits for your confirmation: ${goOn}`] : [question];
}

function renderRouting(routing: SessionAnswer["routing"], colors: Colors): string[] {
  const { label, confidence, complexity, agents, reasons, alternatives } = routing;
  const sure = confidence === null ? "asked for, " : confidence === undefined ? "" : `${percent(confidence)}, `;
  const others = alternatives.slice(0, 3).map((one) => `${named(one.label)} ${percent(one.confidence)}`);
  return [
    `${colors.bold(named(label))}  ${sure}complexity ${complexity}${agents.length > 0 ? `, ${agents.map(named).join(" → ")}` : ""}`,
    ...reasons.map((reason) => colors.dim(`  ${reason}`)),
    ...(others.length > 0 ? [colors.dim(`  alternatives: ${others.join(", ")}`)] : []),
    ...(routing.question === undefined ? [] : [routing.question]),
  ];
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;
