import { z } from "zod";

/** A step id: unique in its workflow regardless of case (log files are named after it). */
export const STEP_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
export const StepId = z.string().regex(STEP_ID);

/** Crockford base32 in lower case: no i, l, o, u, so an id survives being read aloud or retyped. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A run id, `wf_` + 10 characters (50 bits). Callers know it as `workflowId`. */
export const RUN_ID = /^wf_[0-9a-hjkmnp-tv-z]{10}$/;
export const RunId = z.string().regex(RUN_ID);

/** @param random at least 10 random bytes */
export function runIdFrom(random: Uint8Array): string {
  let id = "wf_";
  for (let i = 0; i < 10; i++) id += ALPHABET[(random[i] ?? 0) & 31];
  return id;
}
