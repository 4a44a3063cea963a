import type { RunView } from "../model/view.ts";
import type { Failure } from "./define.ts";

/** What a caller does next about a run, as a sentence that names the tool and its arguments. */
export function nextAbout(view: RunView): string {
  const { workflowId, status, steps, rev } = view;
  const call = (rest: string) => `monitor_workflow {workflowId: "${workflowId}", ${rest}}`;
  const failed = steps.find((step) => step.status === "failed");
  switch (status) {
    case "running":
    case "waiting":
      return `${call(`waitSeconds: 20, since: ${rev}`)} to see how it goes on.`;
    case "paused":
    case "interrupted":
      return `${call('action: "resume"')} to go on, or action "cancel".`;
    case "failed":
      return failed
        ? `${call(`action: "logs", stepId: "${failed.id}"`)} to see why; mend it, then action "restart" with stepId "${failed.id}".`
        : `${call('action: "restart"')} to run it again.`;
    case "cancelled":
      return `${call('action: "restart"')} to run it again.`;
    default:
      return "Nothing: the run is completed.";
  }
}

/** What a caller does next after a refusal. */
export function nextAfter({ kind, hint, workflowId }: Failure): string {
  if (hint !== undefined) return hint;
  switch (kind) {
    case "bad_input":
      return "Correct this and call again.";
    case "refused":
      return `monitor_workflow {workflowId: "${workflowId ?? "…"}"} shows how the run stands.`;
    case "not_found":
      return 'monitor_workflow {action: "list"} shows what there is.';
    default:
      return "Try again; what was acknowledged is not lost.";
  }
}
