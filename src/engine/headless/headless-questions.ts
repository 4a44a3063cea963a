import { quoteShell } from "../../model/text/quote-shell.ts";
import type { Assignment } from "../../run/assignment/assignment.ts";

/**
 * The part of a prompt that tells a headless program how to ask the user. The program has no tool and no terminal, so
 * it gets a command that asks on behalf of its step.
 * @param baton the command line that starts Baton with the run's state directory, as words
 * @param left how many rounds of questions the step may still ask
 */
export function askInstructions(
  { assignment, workflowId, stepId, answers }: Assignment,
  baton: readonly string[],
  left: number,
): string | undefined {
  if (left <= 0) {
    return answers.some((one) => one.stepId === stepId)
      ? "You cannot ask more questions: continue with what you know, and state what is open."
      : undefined;
  }
  const command = [...baton, "handoff", "ask", assignment].map(quoteShell).join(" ");
  return [
    "If you cannot go on without an answer that only the user has, ask all questions in one call. Then end without a result:",
    `${command} "first question" "second question"`,
    `Step "${stepId}" of ${workflowId} then waits. Baton ends you and starts the step again with the answers. It can ask ${left === 1 ? "once" : `${left} times`} more.`,
  ].join("\n");
}
