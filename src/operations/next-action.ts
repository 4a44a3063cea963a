import { named, quotedLine } from "../model/text/quoted.ts";
import type { AssignmentView, QuestionsView, ReadyView, RunView, StepView } from "../model/view.ts";
import type { Failure } from "./refusal.ts";

/** What a caller does next about a run, as a sentence that names the tool and its arguments. */
export function nextAbout(view: RunView): string {
  const { workflowId, status, steps, rev } = view;
  const returned = view.activeSteps.find(
    ({ id, status }) =>
      status === "assigned" && steps.find((step) => step.id === id)?.error?.reason === "verification_failed",
  );
  const call = (rest: string) => `monitor_workflow {workflowId: "${workflowId}", ${rest}}`;
  const failed = steps.find((step) => step.status === "failed");
  switch (status) {
    case "running":
    case "waiting":
      if (view.questions.length > 0) {
        const rest = view.ready.length > 0 ? ` Meanwhile: ${acceptReady(view.ready)}` : "";
        return `${askThePerson(view.questions)}${rest}`;
      }
      if (view.ready.length > 0) return acceptReady(view.ready);
      if (returned) return mendReturned(returned);
      if (onlyWorkers(view))
        return `${call(`waitSeconds: 20, since: ${rev}`)} waits for the workers; ${lostWorker(view)}`;
      return `${call(`waitSeconds: 20, since: ${rev}`)} to follow the run.`;
    case "paused":
    case "interrupted":
      return `${call('action: "resume"')} to continue it, or action "cancel" to end it.`;
    case "foreign":
      return `tell the user: Baton executes this run only after \`baton trust ${workflowId}\` at a terminal.`;
    case "damaged":
      return `tell the user: \`baton resume ${workflowId} --force\` at a terminal continues from the readable part of the journal.`;
    case "failed":
      return failed
        ? isAgents(failed)
          ? restartAfter(failed, workflowId)
          : `${call(`action: "logs", stepId: "${failed.id}"`)} to see why; fix the cause, then action "restart" with stepId "${failed.id}".`
        : `${call('action: "restart"')} to run it again.`;
    case "cancelled":
      return `${call('action: "restart"')} to run it again.`;
    default:
      return view.sessionId === undefined || view.finished
        ? "Nothing to do: the run is completed."
        : finishCall(view.sessionId);
  }
}

/** The end of a session's run is not the end of the session: its summary is for the user. */
export const finishCall = (sessionId: string): string =>
  `orchestrate {action: "finish", sessionId: "${sessionId}"} returns the summary for the user.`;

type Why = { readonly reason: string; readonly message: string };

/** Baton has no log of what agents do, except of checks. The agent's words are the error. */
const isAgents = ({ type, error }: StepView): boolean =>
  (type === "agent" || type === "skill") && error?.reason !== "verification_failed";

function restartAfter({ id, error }: { id: string; error?: Why | null | undefined }, workflowId: string): string {
  const why = error ? ` (${error.reason}: ${quotedLine(error.message, 300)})` : "";
  return `step "${id}" failed${why}; fix the cause, then monitor_workflow {workflowId: "${workflowId}", action: "restart", stepId: "${id}"} makes it ready again.`;
}

/** The worker may have turned to other work after its delivery, so any worker of its name is told. */
function mendReturned({ id, agent, worker, assignment }: RunView["activeSteps"][number]): string {
  return `the checks of step "${id}" failed; ${named(worker ?? agent ?? "its worker")} has the step again: fix the work, then handoff {action: "complete", assignment: "${assignment}", output: …}.`;
}

/** Only what workers hold goes on. */
const onlyWorkers = ({ activeSteps }: RunView) =>
  activeSteps.length > 0 && activeSteps.every((step) => step.status === "assigned");

/** A worker that lost its context gets its step again. A worker that is gone loses it to whoever takes it over. */
function lostWorker({ activeSteps, workflowId }: RunView): string {
  const gone = activeSteps.find((step) => step.takeOver !== undefined);
  const { id, assignment, worker, agent, heldBy } = gone ?? activeSteps[0]!;
  const holder = named(worker ?? agent ?? "its worker");
  if (gone) return `${holder} has been silent since ${heldBy!.lastSeen}: ${gone.takeOver} takes step "${id}" over.`;
  const who = worker === undefined ? `the agent that has it (as ${holder})` : holder;
  const over = takeOverCall({ workflowId, stepId: id }).replace(/\}$/, `, assignment: "${assignment}"}`);
  return `if you are ${who}, handoff {action: "accept", assignment: "${assignment}"} gives step "${id}" to you again; if it is gone for good, ${over} takes the step over.`;
}

/** A worker can take one step; a worker with subagents can start as many as there are. */
function acceptReady(ready: readonly ReadyView[]): string {
  const [first] = ready;
  const one = `handoff {action: "accept", workflowId: "${first!.workflowId}"}`;
  if (ready.length === 1) return `${one} and do step "${first!.stepId}" as ${named(first!.agent ?? "any agent")}.`;
  return `${one} takes one of ${ready.length} ready steps; with count: n it leases n steps, one for each of n subagents.`;
}

/** The call that takes a step from a worker that is gone. */
export const takeOverCall = ({ workflowId, stepId }: { workflowId: string; stepId: string }): string =>
  `handoff {action: "accept", workflowId: "${workflowId}", stepId: "${stepId}", takeOver: "<why>"}`;

/** How the person's answers reach the step, as the call to make. */
export function answerCall({ workflowId, stepId, round, questions }: QuestionsView): string {
  const answers = questions.map(({ id }) => `${JSON.stringify(id)}: …`).join(", ");
  return `handoff {action: "answer", workflowId: "${workflowId}", stepId: "${stepId}", round: ${round}, answers: {${answers}}}`;
}

function askThePerson(questions: readonly QuestionsView[]): string {
  const [first] = questions;
  const more = questions.length > 1 ? ` Do the same for the other ${questions.length - 1} in questions[].` : "";
  return `ask the user the questions of step "${first!.stepId}", then ${answerCall(first!)}.${more}`;
}

export function nextAfterAccept(
  assignments: readonly AssignmentView[],
  ready: readonly ReadyView[],
  repeated: boolean,
  held: readonly { readonly workflowId: string; readonly stepId: string }[] = [],
): string {
  if (assignments.length === 0) {
    const [own] = held;
    if (own)
      return `handoff {action: "accept", workflowId: "${own.workflowId}", stepId: "${own.stepId}", worker: …} gives the assignment that you hold again.`;
    if (repeated) return "These assignments have ended. Use another idempotencyKey to accept more steps.";
    return ready.length > 0
      ? `${acceptReady(ready)} Leave out agent to accept a step for any agent.`
      : 'No step waits for an agent. monitor_workflow {action: "list"} shows the runs.';
  }
  const [first] = assignments;
  if (assignments.length === 1) return doAssignment();
  const deliver = `handoff {action: "complete", assignment: "${first!.assignment}", output: …}`;
  return `Give each assignment to a subagent; each ends with its own ${deliver}, or action "fail" with a reason.`;
}

/** The assignment's text says how to deliver it. */
export const doAssignment = (): string => "do the assignment as it says.";

/** What a worker does next after a message about its step. */
export function nextAfterDelivery(
  step: Pick<StepView, "status"> & {
    workflowId: string;
    stepId: string;
    rev: number;
    runStatus: string;
    ready: readonly ReadyView[];
    questions?: readonly QuestionsView[];
    assignment?: string;
    assignments?: readonly AssignmentView[];
    sessionId?: string;
    summary?: readonly string[];
    error?: Why;
  },
  ready: number,
): string {
  const { status, workflowId, rev, assignment } = step;
  const watch = `monitor_workflow {workflowId: "${workflowId}", waitSeconds: 20, since: ${rev}}`;
  const [given] = step.assignments ?? [];
  if (given) return doAssignment();
  if (status === "reported") return `Baton checks the delivery now; ${watch} returns the outcome.`;
  if (status === "assigned") {
    return step.error
      ? `Correct it and deliver it again: handoff {action: "complete", assignment: "${assignment}", next: true, waitSeconds: 45, output: …}.`
      : `Continue the work, then handoff {action: "complete", assignment: "${assignment}", output: …}.`;
  }
  const own = step.questions?.find(({ stepId }) => stepId === step.stepId);
  if (own) return `${askThePerson([own])} A subagent ends here; the agent that started it asks the user.`;
  if (step.runStatus === "running" && ready > 0) return acceptReady(step.ready);
  if (step.runStatus === "failed" && status === "failed")
    return restartAfter({ id: step.stepId, error: step.error }, workflowId);
  if (step.runStatus === "failed" || step.runStatus === "cancelled")
    return `the run is ${step.runStatus}; monitor_workflow {workflowId: "${workflowId}"} shows why.`;
  if (step.runStatus === "completed") {
    if (step.summary) return "Tell the user what this summary says.";
    return step.sessionId === undefined ? "Nothing to do: the run is completed." : finishCall(step.sessionId);
  }
  return `${watch} follows the run.`;
}

/** What a caller does next after a refusal. */
export function nextAfter({ kind, hint, workflowId }: Failure): string {
  if (hint !== undefined) return hint;
  switch (kind) {
    case "bad_input":
      return "Correct the mistakes and call again.";
    case "refused":
      return `monitor_workflow {workflowId: "${workflowId ?? "…"}"} shows the state of the run.`;
    case "not_found":
      return 'monitor_workflow {action: "list"} lists the runs.';
    default:
      return "Try again. Baton keeps everything that it acknowledged.";
  }
}
