import { z } from "zod";

/** A step id: unique in its workflow, ignoring case, because log files are named after it. */
export const STEP_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
export const STEP_ID_RULE = "letters, digits, `_ . -`, not beginning with `.` or `-`; at most 128 characters";
export const StepId = z.string().regex(STEP_ID);

/** Crockford base32 in lower case: no i, l, o, u, so an id survives being read aloud or retyped. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A run id, `wf_` + 10 characters (50 bits). Callers know it as `workflowId`. */
export const RUN_ID = /^wf_[0-9a-hjkmnp-tv-z]{10}$/;
export const RunId = z.string().regex(RUN_ID);

/** @param random at least 10 random bytes */
export const runIdFrom = (random: Uint8Array): string => `wf_${lettersOf(random, 10)}`;

/** A session id, `os_` + 10 characters. */
export const SESSION_ID = /^os_[0-9a-hjkmnp-tv-z]{10}$/;
export const SessionId = z.string().regex(SESSION_ID);

/** @param random at least 10 random bytes */
export const sessionIdFrom = (random: Uint8Array): string => `os_${lettersOf(random, 10)}`;

const lettersOf = (random: Uint8Array, count: number): string =>
  Array.from({ length: count }, (_, i) => ALPHABET[(random[i] ?? 0) & 31]).join("");

/** The token of an assignment. It names its run, so that a worker needs nothing else to deliver. */
const ASSIGNMENT_ID = /^as_([0-9a-hjkmnp-tv-z]{10})[0-9a-hjkmnp-tv-z]{12}$/;
export const AssignmentId = z.string().regex(ASSIGNMENT_ID);

/** @param random at least 12 random bytes */
export const assignmentIdFrom = (run: string, random: Uint8Array): string =>
  `as_${run.slice(3)}${lettersOf(random, 12)}`;

/** A checkpoint's id: its run and its place in the journal. It never collides, and names its run. */
const CHECKPOINT_ID = /^cp_([0-9a-hjkmnp-tv-z]{10})_\d{1,15}$/;
export const CheckpointId = z.string().regex(CHECKPOINT_ID);

/** @param rev how many events of the run came before it */
export const checkpointIdFrom = (run: string, rev: number): string => `cp_${run.slice(3)}_${rev}`;

/** @param random 16 random bytes */
export const messageIdFrom = (random: Uint8Array): string => Buffer.from(random).toString("hex");

/** The run of an assignment or a checkpoint; `undefined` if this is no such id. */
export function runOf(id: string): string | undefined {
  const match = ASSIGNMENT_ID.exec(id) ?? CHECKPOINT_ID.exec(id);
  return match ? `wf_${match[1]}` : undefined;
}
