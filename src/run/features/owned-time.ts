import type { RunState } from "../../model/run-state.ts";
import type { Feature } from "../state/feature.ts";
import { isFinal } from "../state/state.ts";

declare module "../../model/run-state.ts" {
  interface FeatureState {
    /** Milliseconds of this passage in which no process owned the run, before `unownedSince`. */
    unownedMs: number;
    /** Since when no process owns it, or since when it has ended; 0 while it goes on under an owner. */
    unownedSince: number;
  }
}

/** A run takes as long as somebody owned it: the nights between two sessions are no work. */
export const ownedTime: Feature = {
  initial: () => ({ unownedMs: 0, unownedSince: 0 }),
  afterRun(_plan, state, event) {
    switch (event.type) {
      case "owner_left":
      case "run_finished":
        if (state.unownedSince === 0) state.unownedSince = event.at;
        return;
      case "lease_taken":
        if (isFinal(state)) return;
        // An owner that died left at its last heartbeat.
        if (state.unownedSince === 0)
          state.unownedSince = Math.min(Math.max(event.lastBeat ?? event.at, state.startedAt), event.at);
        return own(state, event.at);
      case "run_restored":
        return own(state, event.at);
      case "run_restarted":
        state.unownedMs = 0;
        state.unownedSince = 0;
        return;
      case "clock_jumped":
        state.unownedMs += event.by;
    }
  },
};

function own(state: RunState, at: number): void {
  if (state.unownedSince > 0) state.unownedMs += at - state.unownedSince;
  state.unownedSince = 0;
}

/** Milliseconds of this passage in which a process owned the run, until `now`. */
export function ownedDuration({ startedAt, endedAt, unownedMs, unownedSince }: RunState, now: number): number {
  const end = Math.min(endedAt ?? now, unownedSince > 0 ? unownedSince : Number.POSITIVE_INFINITY);
  return Math.max(0, end - startedAt - unownedMs);
}
