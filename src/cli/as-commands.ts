import { quoteShell } from "../model/text/quote-shell.ts";
import type { Operations, OptionLine, ToolOperation } from "../operations/operation.ts";

/** A tool call in a sentence: `monitor_workflow {action: "logs", stepId: "a"}`. Braces inside may be one deep. */
const CALL = /\b([a-z]+(?:_[a-z]+)*) \{((?:[^{}]|\{[^{}]*\})*)\}/g;
/** An argument of it: a text, a number, a word, a list or an object, or `…` for what the caller must fill in. */
const ARGUMENT = /(\w+): ("(?:[^"\\]|\\.)*"|\{[^{}]*\}|\[[^\]]*\]|[^,{}]+)/g;
/** What follows a call and means the same tool and run: `or action "cancel"`, `then action "restart" with stepId "a"`. */
const ANOTHER = /\baction "(\w+)"(?: with stepId "([^"]+)")?/g;

/** What a tool does without an action, as far as sentences leave it out. */
const USUAL_ACTIONS: Readonly<Record<string, string>> = { monitor_workflow: "status", orchestrate: "status" };

type Arguments = Record<string, string>;

/** A sentence that names tool calls, in the words of a terminal: each call becomes the command that does the same. */
export function asCommands(sentence: string, operations: Operations): string {
  let last: { readonly tool: string; readonly args: Arguments } | undefined;
  const inCalls = sentence.replaceAll(CALL, (whole, tool: string, inside: string) => {
    const args: Arguments = {};
    for (const [, name, value] of inside.matchAll(ARGUMENT)) args[name!] = value!.trim();
    // `orchestrate {goal}` names an argument without its value.
    if (/^\w+$/.test(inside.trim())) args[inside.trim()] = "…";
    const command = commandOf(tool, args, operations);
    if (command !== undefined) last = { tool, args };
    return command ?? whole;
  });
  // Some sentences name the command and the call.
  const once = inCalls.replaceAll(/(`baton [^`]+`) or \1/g, "$1");
  if (last === undefined) return once;
  const { tool, args } = last;
  return once.replaceAll(ANOTHER, (whole, action: string, stepId?: string) => {
    const { workflowId, sessionId } = args;
    const same = { ...(workflowId && { workflowId }), ...(sessionId && { sessionId }) };
    const more = { ...same, ...(stepId !== undefined && { stepId: `"${stepId}"` }), action: `"${action}"` };
    return commandOf(tool, more, operations) ?? whole;
  });
}

function commandOf(tool: string, { action, ...args }: Arguments, operations: Operations): string | undefined {
  const named = action === undefined ? undefined : unquoted(action);
  const wanted = named ?? (tool === "orchestrate" && args.goal !== undefined ? "start" : USUAL_ACTIONS[tool]);
  const operation = Object.values(operations).find(
    (one): one is ToolOperation =>
      one.tool?.name === tool && (one.tool.action === undefined || one.tool.action === wanted),
  );
  const line = operation?.command;
  if (!line) return undefined;
  const left = { ...args };
  const words = line.usage.split(" ").flatMap((part) => {
    if (!/^[<[]/.test(part)) return [part];
    const key = part.replaceAll(/[<>[\].]/g, "");
    const value = key in left ? left[key] : key === "workflow" ? (left.file ?? left.template) : left.checkpointId;
    delete left[key];
    if (value === undefined) return part.startsWith("<") ? [part] : [];
    return [inShell(value, key)];
  });
  const options = Object.entries(left).flatMap(([key, value]) => {
    const option: OptionLine | undefined = line.options?.[key];
    if (option === undefined) return [];
    const flag = (typeof option === "string" ? option : option.flags)
      .split(/[ ,]+/)
      .findLast((word) => /^-/.test(word))!;
    return value === "true" ? [flag] : [flag, inShell(value, key)];
  });
  return `\`baton ${[...words, ...options].join(" ")}\``;
}

const inShell = (value: string, key: string): string =>
  value === "…" || value === '"…"' ? `<${key}>` : quoteShell(unquoted(value));

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return JSON.parse(value) as string;
  } catch {
    return value;
  }
}

/** What an answer or a refusal says is next, in the words of a terminal. */
export function spoken<T extends object>(answer: T, operations: Operations): T {
  const { next, hint, briefing } = answer as { next?: unknown; hint?: unknown; briefing?: unknown };
  return {
    ...answer,
    ...(typeof next === "string" && { next: asCommands(next, operations) }),
    ...(typeof hint === "string" && { hint: asCommands(hint, operations) }),
    ...(typeof briefing === "string" && {
      briefing: briefing.replace(/^Next: .*$/gm, (line) => asCommands(line, operations)),
    }),
  };
}
