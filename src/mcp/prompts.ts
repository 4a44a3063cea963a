import type { GetPromptResult, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { type Command, commands } from "../hosts/commands.ts";
import { promptText } from "../hosts/host-files.ts";

/**
 * The commands as prompts, for hosts that take no others. Nothing is required: a host that asks for nothing, or passes on one word of
 * several, still gives its model a text that works.
 */
export function registerPrompts(server: McpServer): void {
  for (const command of commands.filter(({ prompt }) => prompt)) {
    const { name, title, description, argument } = command;
    const argsSchema = z.object({ goal: z.string().describe(sentence(argument)).optional() });
    server.registerPrompt(name, { title, description, argsSchema }, ({ goal }) => answer(command, goal));
  }
}

const answer = (command: Command, goal?: string): GetPromptResult => ({
  description: command.description,
  messages: [{ role: "user", content: { type: "text", text: promptText(command, goal) } }],
});

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
