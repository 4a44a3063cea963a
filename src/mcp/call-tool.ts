import type { CallToolResult } from "@modelcontextprotocol/server";
import { log } from "../observe/log.ts";
import type { App, Call } from "../operations/app.ts";
import { perform } from "../operations/perform.ts";
import { badInput } from "../operations/refusal.ts";
import { MAX_ANSWER_CHARACTERS, respond, respondFailure, respondUnexpected } from "./respond.ts";
import type { Tool } from "./tools/tool.ts";

/** Performs one tool call. Never throws: the host always gets an answer. */
export async function callTool(
  tool: Tool,
  args: Record<string, unknown>,
  app: App,
  call: Pick<Call, "signal" | "progress" | "toolPrefix"> = {},
): Promise<CallToolResult> {
  try {
    const route = tool.route(args);
    if ("unknownAction" in route) {
      const message = `unknown action "${route.unknownAction}"`;
      const hint = `Known: ${route.actions.join(", ")}.`;
      return respondFailure(
        badInput([{ severity: "error", code: "invalid_value", message, hint, at: { field: "action" } }]),
      );
    }
    const result = await perform(route.operation, route.args, app, {
      ...call,
      characters: MAX_ANSWER_CHARACTERS,
      ...(route.action !== undefined && {
        called: { name: `${tool.name} {action: "${route.action}"}`, takers: tool.takers },
      }),
    });
    return respond(result, route.operation, tool, args);
  } catch (error) {
    log(`${tool.name}: ${error instanceof Error ? error.stack : String(error)}`);
    return respondUnexpected(error);
  }
}
