import { z } from "zod";
import { parseDuration } from "../model/text/duration.ts";

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

const NOT_SECONDS = {
  error: ({ code }: { code: string }) =>
    code === "invalid_type" ? 'must be seconds, as a number or as text such as "20s"' : undefined,
};

/** Seconds that a call may wait for news, or a duration as text, as `20s`. Hosts give up on longer calls. */
export const waitSeconds = z
  .preprocess((value) => {
    const ms = typeof value === "string" ? parseDuration(value) : undefined;
    return ms === undefined ? value : ms / 1_000;
  }, z.number(NOT_SECONDS).min(0).max(45))
  .describe("seconds to wait for news")
  .optional();

export const waitForRun = waitSeconds.describe("seconds to wait until it ends or needs you (20 is good)");

export const detail = z.enum(["concise", "full"]).optional();

/** A place in a list. */
export const cursor = z
  .string()
  .regex(/^\d+$/, "must be the nextCursor of an earlier answer")
  .describe("the last nextCursor")
  .optional();
