import { z } from "zod";

/**
 * Fields that several operations take. A description begins with a small letter: a tool puts the names of its actions
 * before it, a command prints it as it is.
 */

/**
 * Arguments that say how to answer, not what to do. With an action that has no use for one, a tool takes it and nothing
 * changes; any other argument belongs to its actions.
 */
export const HOW_TO_ANSWER: ReadonlySet<string> = new Set([
  "detail",
  "waitSeconds",
  "since",
  "cursor",
  "size",
  "worker",
]);

/** A key is stored as UTF-8. Two keys that differ only in what UTF-8 cannot hold would be one. */
export const idempotencyKey = z
  .string()
  .min(1)
  .max(512)
  .refine((key) => !/\p{Surrogate}/u.test(key), "contains half of a surrogate pair, which is not valid text");

/** Seconds that a call may wait for news. Hosts give up on longer calls. */
export const waitSeconds = z.number().min(0).max(45).describe("seconds to wait for news").optional();

export const waitForRun = waitSeconds.describe("seconds to wait until it ends or needs you (20 is good)");

export const detail = z.enum(["concise", "full"]).optional();

/** A place in a list. */
export const cursor = z
  .string()
  .regex(/^\d+$/, "must be the nextCursor of an earlier answer")
  .describe("the last nextCursor")
  .optional();
