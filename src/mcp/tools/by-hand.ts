import { z } from "zod";
import type { Operation, Operations } from "../../operations/operation.ts";
import type { InputSchema, Route, Tool, ToolFace } from "./tool.ts";
import { byAction } from "./tool.ts";

/**
 * A tool whose operations do not say yet which action they are: its file has the schema and the actions. Once all of
 * its operations have `tool`, its file is a `ToolFace` alone.
 */
export interface ToolByHand extends Pick<ToolFace, "name" | "title" | "description" | "alwaysLoad"> {
  readonly annotations: Tool["annotations"];
  readonly input: z.ZodObject;
  route(args: Record<string, unknown>): RouteByHand;
}

/** A call by the name of its operation, or by that of its action. */
export type RouteByHand =
  | { readonly operation: string; readonly args: Record<string, unknown> }
  | {
      readonly actions: Readonly<Record<string, string>>;
      readonly action: unknown;
      readonly args: Record<string, unknown>;
    };

export function buildByHand({ input, route, ...about }: ToolByHand, operations: Operations): Tool {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(input, { io: "input" });
  return {
    ...about,
    alwaysLoad: about.alwaysLoad === true,
    inputSchema: inputSchema as InputSchema,
    route(args): Route {
      const routed = route(args);
      if ("operation" in routed) return { operation: operations[routed.operation]!, args: routed.args };
      const actions = Object.entries(routed.actions).map(([action, name]): [string, Operation] => [
        action,
        operations[name]!,
      ]);
      return byAction(Object.fromEntries(actions), routed.action, routed.args);
    },
  };
}
