import { canonical } from "../../operations/check-input.ts";
import type { Takes } from "../../operations/field.ts";
import { HOW_TO_ANSWER } from "../../operations/fields.ts";
import type { ToolName, ToolOperation } from "../../operations/operation.ts";

/** What a tool says of itself. Its actions, its arguments and most hints follow from the operations that name it. */
export interface ToolFace {
  readonly name: ToolName;
  readonly title: string;
  /** Hosts search the first sentence. At most 1,000 characters. */
  readonly description: string;
  /** The action of a call without one; a function if the arguments imply it. Absent: the tool has no actions. */
  readonly defaultAction?: string | ((args: Record<string, unknown>) => string);
  /** Most calls are this action. Descriptions of its arguments do not name the actions that take them. */
  readonly mainAction?: string;
  /** Hosts that search tools load this one in any case. */
  readonly alwaysLoad?: true;
  /** The same call again changes nothing more. */
  readonly idempotent?: true;
  /** It may act beyond Baton's own state, as a command does. */
  readonly openWorld?: true;
}

/**
 * A tool as the server lists and calls it. Its schema only describes; the operation validates, and reports all mistakes
 * at once.
 */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly alwaysLoad: boolean;
  readonly annotations: Annotations;
  readonly inputSchema: InputSchema;
  /** By argument: the actions that take it. */
  readonly takers: ReadonlyMap<string, readonly string[]>;
  /** Maps a call to an operation and its arguments. */
  route(args: Record<string, unknown>): Route;
}

/** Hints for hosts. One that is absent has the protocol's default. */
export interface Annotations {
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  readonly openWorldHint?: boolean;
}

export interface InputSchema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, Property>>;
}

export type Property = Takes & { readonly description?: string };

export type Route =
  | { readonly operation: ToolOperation; readonly args: Record<string, unknown>; readonly action?: string }
  | { readonly unknownAction: string; readonly actions: readonly string[] };

/**
 * Finds the operation of an action. Looks only at own keys, so that `constructor` is not an action. What only says how to
 * answer is left out where the action has no use for it.
 */
export function byAction(
  actions: Readonly<Record<string, ToolOperation>>,
  takers: Tool["takers"],
  action: unknown,
  args: Record<string, unknown>,
): Route {
  const operation = typeof action === "string" && Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (!operation) {
    const meant = Object.values(actions).find(({ tool: { aliases = {} } }) => Object.hasOwn(aliases, String(action)));
    if (meant) {
      const { action: name, aliases } = meant.tool;
      return byAction(actions, takers, name, aliases![String(action)]!(args));
    }
    return { unknownAction: typeof action === "string" ? action : typeof action, actions: Object.keys(actions) };
  }
  const own = operation.input.shape;
  const useless = (name: string) => HOW_TO_ANSWER.has(name) && takers.has(name) && !Object.hasOwn(own, name);
  const kept = Object.fromEntries(Object.entries(args).filter(([name]) => !useless(canonical(name))));
  return { operation, args: kept, action: action as string };
}
