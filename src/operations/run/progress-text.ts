import type { ProgressView, RunView } from "../../model/view.ts";

/** How much of a run is done, in a few words. Where the counts are known, also how the other steps ended. */
export function progressText(
  { completed, settled, total }: ProgressView,
  metrics?: RunView["metrics"],
  over = false,
): string {
  // Of a run that is over, nothing is still to be completed.
  const done = `${over ? plural(completed, "step") : `${completed} of ${plural(total, "step")}`} completed`;
  if (settled === completed || !metrics) return done;
  const { failedSteps, skippedSteps, cancelledSteps } = metrics;
  const others = [
    failedSteps > 0 && `${failedSteps} failed`,
    skippedSteps > 0 && `${skippedSteps} skipped`,
    cancelledSteps > 0 && `${cancelledSteps} cancelled`,
  ].filter((one) => one !== false);
  return [done, ...others].join(", ");
}

/** A count with its noun: 1 step, 2 steps. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Milliseconds for readers: 0.3 s, 12 s, 4 m 10 s, 2 h 5 m. */
export function durationText(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60
    ? `${minutes} m ${Math.floor((ms % 60_000) / 1000)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}
