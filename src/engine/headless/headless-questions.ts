import { quoteShell } from "../../model/text/quote-shell.ts";
import type { AssignmentView } from "../../model/view.ts";

/**
 * How a headless program asks the person: it has no tool and nobody at its terminal, so it is told the command that asks in its step's name.
 * @param baton the words that start this program with the state directory of the run
 * @param left how many rounds of questions the step still has
 */
export function howToAsk(
  { assignment, workflowId, stepId, answers }: AssignmentView,
  baton: readonly string[],
  left: number,
): string | undefined {
  if (left <= 0) {
    return answers && "No more questions can be asked: go on with what is known, and say what is open.";
  }
  const command = [...baton, "handoff", "ask", assignment].map(quoteShell).join(" ");
  return [
    "If you cannot go on without what only the person knows, ask, all questions in one call, and end there without a result:",
    `${command} "first question" "second question"`,
    `Step "${stepId}" of ${workflowId} then waits, you are ended, and begin anew with the answers. It can ask ${left === 1 ? "once" : `${left} times`} more.`,
  ].join("\n");
}
