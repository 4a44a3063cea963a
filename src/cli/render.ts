import type { Colors } from "picocolors/types";
import { formatDiagnostic } from "../model/diagnostic.ts";
import { nextAfter } from "../operations/next-action.ts";
import type { Failure } from "../operations/refusal.ts";

export function renderFailure(failure: Failure, colors: Colors): string {
  const lines = [
    `${colors.red("✘")} ${failure.message}`,
    ...(failure.mistakes ?? []).map((one) => `  ${formatDiagnostic(one)}`),
  ];
  if (failure.hint) lines.push(`  ${failure.hint}`);
  return lines.join("\n");
}

/** The failure as --json prints it: the same object as the tool's structured answer. */
export function failureData(failure: Failure): object {
  const { reason, message, mistakes, workflowId, ready } = failure;
  return {
    error: { reason, message, ...(mistakes && { mistakes: mistakes.map(formatDiagnostic) }) },
    ...(workflowId !== undefined && { workflowId }),
    ...(ready && { ready }),
    next: nextAfter(failure),
  };
}
