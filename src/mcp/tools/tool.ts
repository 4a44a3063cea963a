import type { z } from "zod";
import type { operations } from "../../operations/index.ts";

/**
 * A tool groups operations of one noun. Its schema only describes; the operation validates and reports all mistakes
 * at once.
 */
export interface Tool {
  readonly name: string;
  readonly title: string;
  /** Hosts search the first sentence. At most 1,000 characters. */
  readonly description: string;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
  readonly input: z.ZodObject;
  /** Maps a call to an operation and its arguments. */
  route(args: Record<string, unknown>): Route;
}

export type Route =
  | { readonly operation: keyof typeof operations; readonly args: Record<string, unknown>; readonly action?: string }
  | { readonly unknownAction: string; readonly actions: readonly string[] };

/** Finds the operation of an action. Looks only at own keys, so that `constructor` is not an action. */
export function byAction(
  actions: Readonly<Record<string, keyof typeof operations>>,
  action: unknown,
  args: Record<string, unknown>,
): Route {
  const operation = typeof action === "string" && Object.hasOwn(actions, action) ? actions[action] : undefined;
  return operation
    ? { operation, args, action: action as string }
    : { unknownAction: typeof action === "string" ? action : typeof action, actions: Object.keys(actions) };
}

/** The description of `waitSeconds` in every tool that waits for a run. */
export const wait = "Wait up to this many seconds (at most 45; 20 is good) for the run to end or need you";
