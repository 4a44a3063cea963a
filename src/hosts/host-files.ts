import { type Command, commands } from "./commands.ts";

/** A prompt's goal is cut after this many characters: a prompt is one message, and a goal is no document. */
export const MAX_GOAL_CHARACTERS = 20_000;

/** A generated file: its path below the directory of its kind, and its text. */
export interface HostFile {
  readonly file: string;
  readonly text: string;
}

/**
 * For Claude Code, in a plugin's `commands/` or a project's `.claude/commands/`. `$ARGUMENTS` becomes everything that
 * the person typed.
 */
export const claudeCommand = (command: Command): HostFile => ({
  file: `${command.name}.md`,
  text: `---
description: ${command.description}
argument-hint: "[${command.argument}]"
---

${command.text("$ARGUMENTS")}`,
});

/**
 * For Goose. A slash command fills the one required parameter with the whole line; its default makes the bare command
 * work too. Goose fills it in before it reads the YAML. So the text must be a block, and further lines of the goal are
 * indented to stay in it.
 */
export const gooseRecipe = (command: Command): HostFile => ({
  file: `baton-${command.name}.yaml`,
  text: `version: "1.0.0"
title: ${command.title} with Baton
description: ${command.description}
parameters:
  - key: typed
    input_type: string
    requirement: required
    default: ""
    description: ${command.argument}
prompt: |
${indented(command.text("{{ typed | indent(2) }}"))}`,
});

/** For any other host, as an MCP prompt. Some hosts pass on only the first word, so the text says where the rest is. */
export function promptText(command: Command, typed = ""): string {
  if (typed.length <= MAX_GOAL_CHARACTERS) return command.text(typed.trim());
  const cut = typed.slice(0, MAX_GOAL_CHARACTERS).trimEnd();
  return command.text(
    `${cut}\n… (cut off here: it has ${typed.length} characters, and the first ${MAX_GOAL_CHARACTERS} are shown)`,
  );
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, "  ");

/** The generated files of the repository, by path: the plugin's commands, and recipes to copy by hand. */
export const shippedFiles = (all: readonly Command[] = commands): HostFile[] =>
  [
    ...all.map((command) => ({ room: "commands", form: claudeCommand(command) })),
    ...all.map((command) => ({ room: "recipes", form: gooseRecipe(command) })),
  ].map(({ room, form }) => ({ file: `${room}/${form.file}`, text: form.text }));
