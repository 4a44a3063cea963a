import type { AssignmentView, RunView } from "../../src/model/view.ts";
import { readCall } from "../../src/operations/handoff/show-assignments.ts";
import { nextAbout } from "../../src/operations/next-action.ts";
import { assignmentOf } from "../../src/run/assignment/assignment.ts";
import { assignmentText } from "../../src/run/assignment/assignment-text.ts";
import { briefing } from "../../src/run/view/briefing/briefing.ts";
import { agentStep, Desk } from "./rules/scenario.ts";
import { edges } from "./rules/workflow.ts";

type Answer = RunView & { readonly next: string };

/** The answer of `run.status` about a played run. */
export function answerAbout(desk: Desk): Answer {
  const view = desk.view();
  return { ...view, next: nextAbout(view) };
}

/** `build` and `test` are commands; `review` is for an agent, after both. */
function buildTestReview(): Desk {
  return new Desk(
    [
      { id: "build", command: "npm run build", outputKey: "built" },
      { id: "test", command: "npm test", retry: { retries: 1 } },
      agentStep("review", { agent: "reviewer", prompt: "Review the change." }, { outputKey: "verdict" }),
    ],
    edges("build → review", "test → review"),
    { created: { name: "release", template: "release@1.2.0" } },
  );
}

/** One command has completed; the other runs. */
export function running(): Desk {
  const desk = buildTestReview();
  desk.pass(1_500);
  desk.end("build", { outcome: "completed", exitCode: 0, output: "dist/app.js" });
  desk.pass(700);
  return desk;
}

/** Both commands have completed; the agent step waits for a worker. */
export function ready(): Desk {
  const desk = running();
  desk.end("test");
  return desk;
}

/** A worker has accepted the agent step and has reported progress. */
export function assigned(): Desk {
  const desk = ready();
  const [assignment] = desk.accept({ stepId: "review", worker: "ann" });
  desk.ask({ action: "progress", assignment: assignment!, percent: 40, task: "reading the diff" });
  return desk;
}

/** The worker has asked the user two questions. */
export function asking(): Desk {
  const desk = ready();
  const [assignment] = desk.accept({ stepId: "review", worker: "ann" });
  desk.ask({
    action: "ask",
    assignment: assignment!,
    questions: [
      { id: "target", question: "Which branch is it for?", options: ["main", "next"], default: "main" },
      { id: "why", question: "Why now?" },
    ],
  });
  return desk;
}

/** The worker has delivered, so the run is completed. */
export function completed(): Desk {
  const desk = ready();
  const [assignment] = desk.accept({ stepId: "review", worker: "ann" });
  desk.pass(60_000);
  desk.ask({ action: "complete", assignment: assignment!, output: { approved: true } });
  return desk;
}

/** A command has failed twice, so the agent step is skipped. */
export function failed(): Desk {
  const desk = running();
  desk.fail("test");
  desk.pass(1_000);
  desk.fail("test");
  return desk;
}

/** The user has paused the run while a command runs. */
export function paused(): Desk {
  const desk = running();
  desk.ask({ action: "pause" });
  desk.end("test");
  return desk;
}

/** The user has cancelled the run while a command runs. */
export function cancelled(): Desk {
  const desk = running();
  desk.ask({ action: "cancel" });
  desk.end("test", { outcome: "failed", reason: "signal", message: "killed" }, "cancel");
  return desk;
}

/** The runs above by their names. */
export const PLAYED_RUNS: Readonly<Record<string, () => Desk>> = {
  running,
  ready,
  assigned,
  asking,
  completed,
  failed,
  paused,
  cancelled,
};

/** The assignment of the review step. */
export function assignmentIn(desk: Desk): AssignmentView {
  const whole = assignmentOf(desk.plan, desk.state, desk.plan.indexOf.get("review")!);
  const { assignment, workflowId, stepId, attempt, agent, checks, expiresAt } = whole;
  const { text, leftOut } = assignmentText(whole, {
    ...{ size: 6_000, role: undefined, deliver: 'handoff {action: "complete"};' },
    call: (part) => readCall(assignment, part),
  });
  return {
    ...{ assignment, workflowId, stepId, attempt, agent, text, expiresAt },
    ...{ checks: [...checks], leftOut: [...leftOut] },
  };
}

export function briefingAbout(desk: Desk): string {
  const { plan, state, now } = desk;
  const { status, next, note } = answerAbout(desk);
  return briefing({ runs: [{ plan, state, now, status, next, note }], sessions: [], next });
}
