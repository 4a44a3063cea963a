import type { Colors } from "picocolors/types";
import { escapeControl } from "../../model/text/escape-control.ts";
import { plain } from "../../model/text/plain.ts";
import type { TrustView } from "./trust-view.ts";

/** Renders what would be trusted, or what is trusted now. */
export function printTrust({ state, runs, wouldRun, settings, refusal, trusted }: TrustView, colors: Colors): string {
  const lines: string[] = [];
  const many = runs.length === 1 ? "1 run" : `${runs.length} runs`;
  if (trusted) {
    const what = wouldRun
      ? (runs[0]?.workflowId ?? "the run")
      : `${state}${runs.length > 0 ? `, with ${many} of it,` : ""}`;
    lines.push(`${colors.green("✔")} ${plain(what)} is trusted.`);
  } else {
    lines.push(`State directory ${plain(state)}`);
    if (runs.length === 0) lines.push(wouldRun ? "  The run is already yours." : "  It holds no runs of other users.");
    else if (!wouldRun) lines.push(`  ${many} without a proof that your Baton created them:`);
    for (const { workflowId, name, why } of runs.slice(0, 50))
      lines.push(`  ${workflowId} "${plain(name)}": ${plain(why)}`);
    if (wouldRun && runs.length > 0)
      lines.push(wouldRun.length > 0 ? "It would execute:" : "It has no steps left to execute.");
    for (const { stepId, type, command } of runs.length > 0 ? (wouldRun ?? []) : [])
      lines.push(
        ...escapeControl(`${stepId} (${type})${command === undefined ? "" : `: ${command}`}`)
          .split("\n")
          .map((line) => `  | ${line}`),
      );
    if (settings) {
      lines.push("Its config.json would set:");
      for (const [name, value] of Object.entries(settings)) lines.push(plain(`  | ${name} ${JSON.stringify(value)}`));
    }
  }
  if (refusal !== undefined)
    lines.push(`${colors.yellow("!")} Baton still executes nothing from here: ${plain(refusal)}.`);
  return lines.join("\n");
}
