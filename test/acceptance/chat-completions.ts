import { z } from "zod";
import type { Dialect } from "./model.ts";

/** The chat completions API, as far as Goose needs it. */

const Content = z
  .union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))])
  .nullish()
  .transform((content) =>
    typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join("\n"),
  );
const Request = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: Content })),
  tools: z.array(z.unknown()).optional(),
});

export const chatCompletions: Dialect = {
  path: "/v1/chat/completions",
  request: Request.transform(({ messages, tools }) => {
    const since = messages.findLastIndex(({ role }) => role === "assistant") + 1;
    return {
      beginning: messages.find(({ role }) => role === "user")?.content ?? "",
      length: messages.length,
      shown: messages
        .slice(since)
        .filter(({ role }) => role === "tool")
        .map(({ content }) => ({ text: content })),
      hasTools: (tools ?? []).length > 0,
    };
  }),
  answer(turn, { stream, model, id }) {
    const message =
      "text" in turn
        ? { role: "assistant", content: turn.text }
        : {
            role: "assistant",
            content: null,
            tool_calls: turn.calls.map(({ tool, input }, index) => ({
              index,
              id: `call_${id}_${index}`,
              type: "function",
              function: { name: `baton__${tool}`, arguments: JSON.stringify(input) },
            })),
          };
    const finish_reason = "text" in turn ? "stop" : "tool_calls";
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const base = { id: `chatcmpl-${id}`, created: 1, model };
    if (!stream) {
      const choices = [{ index: 0, message, finish_reason }];
      return {
        type: "application/json",
        body: JSON.stringify({ ...base, object: "chat.completion", choices, usage }),
      };
    }
    const chunk = (rest: object) =>
      `data: ${JSON.stringify({ ...base, object: "chat.completion.chunk", ...rest })}\n\n`;
    return {
      type: "text/event-stream",
      body:
        chunk({ choices: [{ index: 0, delta: message, finish_reason: null }] }) +
        chunk({ choices: [{ index: 0, delta: {}, finish_reason }], usage }) +
        "data: [DONE]\n\n",
    };
  },
  other: (method) =>
    method === "POST"
      ? { status: 404, json: { error: { message: "not found" } } }
      : { status: 200, json: { object: "list", data: [{ id: "gpt-4o", object: "model" }] } },
};
