import type { GetPromptResult, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { type Command, commands } from "../hosts/commands.ts";
import { promptText } from "../hosts/host-files.ts";

/**
 * Registers the commands as prompts, for hosts without commands of their own.
 * No argument is required, since some hosts ask for none or pass on only one word.
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
