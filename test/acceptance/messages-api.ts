import { z } from "zod";
import type { Dialect } from "./model.ts";
import type { ToolCall } from "./script.ts";

/** The Messages API, as far as Claude Code needs it. */

const Block = z.looseObject({ type: z.string(), text: z.string().optional() });
const Content = z.union([z.string(), z.array(Block)]);
const ToolResult = z.looseObject({ type: z.literal("tool_result"), content: Content.optional() });
const Request = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: Content })),
  tools: z.array(z.unknown()).optional(),
});

const textOf = (content: z.infer<typeof Content> | undefined): string =>
  typeof content === "string" ? content : (content ?? []).map((block) => block.text ?? "").join("\n");

const BATON = ["orchestrate", "execute_workflow", "monitor_workflow", "handoff", "checkpoint", "find_capabilities"];

export const messagesApi: Dialect = {
  path: "/v1/messages",
  request: Request.transform(({ messages, tools }) => {
    const last = messages.findLast(({ role }) => role === "user")?.content;
    const results = typeof last === "string" ? [] : (last ?? []).map((block) => ToolResult.safeParse(block));
    return {
      beginning: textOf(messages.find(({ role }) => role === "user")?.content),
      length: messages.length,
      shown: results.flatMap(({ data }) => (data ? [{ text: textOf(data.content) }] : [])),
      hasTools: (tools ?? []).length > 0,
    };
  }),
  answer(turn, { stream, model, id }) {
    const blocks =
      "text" in turn
        ? [{ type: "text", text: turn.text }]
        : turn.calls.map((call, index) => ({
            type: "tool_use",
            id: `toolu_${id}_${index}`,
            name: nameOf(call),
            input: call.input,
          }));
    const stop = { stop_reason: "text" in turn ? "end_turn" : "tool_use", stop_sequence: null };
    const usage = { input_tokens: 1, output_tokens: 1 };
    const message = { id: `msg_${id}`, type: "message", role: "assistant", model, content: blocks, ...stop, usage };
    if (!stream) return { type: "application/json", body: JSON.stringify(message) };
    const events = [
      { type: "message_start", message: { ...message, content: [], stop_reason: null } },
      ...blocks.flatMap((block, index) => [
        { type: "content_block_start", index, content_block: emptied(block) },
        { type: "content_block_delta", index, delta: deltaOf(block) },
        { type: "content_block_stop", index },
      ]),
      { type: "message_delta", delta: stop, usage: { output_tokens: 1 } },
      { type: "message_stop" },
    ];
    return {
      type: "text/event-stream",
      body: events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""),
    };
  },
  other: (_method, body) => ({ status: 200, json: { input_tokens: Math.ceil(body.length / 4) } }),
};

const nameOf = ({ tool }: ToolCall): string => (BATON.includes(tool) ? `mcp__baton__${tool}` : tool);

type Made = { type: string; text?: string; input?: unknown };

const emptied = (block: Made) => ({ ...block, ...(block.type === "text" ? { text: "" } : { input: {} }) });

const deltaOf = (block: Made) =>
  block.type === "text"
    ? { type: "text_delta", text: block.text }
    : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
