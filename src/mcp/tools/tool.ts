import type { z } from "zod";
import type { operations } from "../../operations/index.ts";

/** A tool groups operations of one noun. Its schema only describes: the operation checks, so that all mistakes come in one answer. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  /** The first sentence is what hosts search in; the whole stays under 1,000 characters. */
  readonly description: string;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
  readonly input: z.ZodObject;
  /** Which operation a call means, and what of its arguments is for the operation. */
  route(args: Record<string, unknown>): Route;
}

export type Route =
  | { readonly operation: keyof typeof operations; readonly args: Record<string, unknown>; readonly action?: string }
  | { readonly unknownAction: string; readonly actions: readonly string[] };

/** The operation behind an action. A table's own names only: `constructor` is no action. */
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

/** What `waitSeconds` means wherever a run is waited for. */
export const wait = "Wait up to this many seconds (at most 45; 20 is good) for the run to end or need you";
