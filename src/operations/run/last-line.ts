import { readExcerptQuietly } from "../../system/excerpt.ts";
import type { App } from "../app.ts";

/** The latest line with text that an attempt wrote to stdout, else to stderr. */
export function lastLineOf(app: App, id: string, stepId: string, attempt: number): string {
  const files = app.engine.files(id, stepId, attempt);
  for (const file of [files.stdout, files.stderr]) {
    const lines = readExcerptQuietly(file, 400).text.split("\n");
    const line = lines.findLast((line) => line.trim() !== "");
    if (line !== undefined) return line.trim().slice(0, 200);
  }
  return "";
}
