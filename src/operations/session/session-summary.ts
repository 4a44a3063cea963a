import { escapedLine, named, quotedLine } from "../../model/text/quoted.ts";
import type { RunView, StepView } from "../../model/view.ts";
import type { Session } from "../../session/fold.ts";

const MAX_STEPS_LISTED = 40;

/** What happened, in a few lines for the user; each with how Baton knows it. */
export function summaryOf({ goal, label }: Session, { steps, status, metrics }: RunView): string {
  const lines = steps
    .filter(({ type, status }) =>
      type === "grow" ? status === "failed" : status === "completed" || status === "failed",
    )
    .map(stepLine);
  const shown =
    lines.length > MAX_STEPS_LISTED
      ? [...lines.slice(0, MAX_STEPS_LISTED), `- … and ${lines.length - MAX_STEPS_LISTED} more`]
      : lines;
  const { completedSteps, totalSteps } = metrics;
  const asked = goal.replaceAll(/\s+/g, " ").slice(0, 200);
  return [`${status}: ${asked} (${label}, ${completedSteps} of ${totalSteps} steps)`, ...shown].join("\n");
}

function stepLine({ name, agent, status, error, evidence, note, attempt }: StepView): string {
  const performer = agent === undefined ? "" : ` (${named(agent)})`;
  const how =
    status === "failed"
      ? `failed: ${error ? quotedLine(error.message) : "no reason"}`
      : `${evidence}${note === undefined ? "" : ` (${escapedLine(note)})`}`;
  return `- ${escapedLine(name)}${performer}: ${how}${attempt > 1 ? `, at attempt ${attempt}` : ""}`;
}
