import { statSync } from "node:fs";
import { readExcerptQuietly } from "../../system/excerpt.ts";
import { claudeEvents } from "./claude-events.ts";
import { gooseEvents } from "./goose-events.ts";

/** What a runner's program prints: text that ends with its answer, or the events of a program that Baton knows. */
export const RUNNER_OUTPUTS = ["text", "claude-stream-json", "goose-stream-json"] as const;
export type RunnerOutput = (typeof RUNNER_OUTPUTS)[number];

/** How to read those that print events. */
export const EVENT_FORMATS = { "claude-stream-json": claudeEvents, "goose-stream-json": gooseEvents } as const;

/** How much of the end of the events is read to see whether a tool call is under way, in bytes. */
const MAX_EVENTS_BYTES = 1024 * 1024;

/**
 * Watches a program by what it prints. Each call of the function says whether the program has shown life since the
 * call before: it printed something, or a tool call of it is under way. That its process exists is no sign of life.
 */
export function watchOutput(
  files: { readonly stdout: string; readonly stderr: string },
  output: RunnerOutput,
): () => boolean {
  let before = "0 0";
  return () => {
    const sizes = [files.stdout, files.stderr].map(sizeOf).join(" ");
    const printed = sizes !== before;
    before = sizes;
    if (printed || output === "text") return printed;
    return EVENT_FORMATS[output].toolCallOpen(readExcerptQuietly(files.stdout, MAX_EVENTS_BYTES).text);
  };
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
