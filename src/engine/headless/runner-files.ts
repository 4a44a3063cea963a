import { readExcerptQuietly } from "../../system/excerpt.ts";
import { readRegularFile } from "../../system/file.ts";
import { parseTemplate } from "../../workflow/expression/template.ts";
import { compileShell } from "../../workflow/shell/shell.ts";
import type { ProgramAnswer } from "./program-events.ts";
import { EVENT_FORMATS, type RunnerOutput } from "./signs-of-life.ts";

/** The longest answer that can be delivered, in characters. */
const MAX_ANSWER_CHARS = 256 * 1024;

/** The command with its file paths passed as environment variables: no path becomes shell text, whatever the quotes. */
export function commandLine(
  template: string,
  files: Readonly<Record<string, string>>,
): { text: string; values: Record<string, string> } {
  const marked = template.replaceAll(/\{(prompt_file|output_file)\}/g, "{{$1}}");
  const parsed = parseTemplate(marked);
  const shell = parsed.ok ? compileShell(parsed.value) : parsed;
  if (!shell.ok)
    throw new Error(
      `its command ${JSON.stringify(template)} is invalid: ${"message" in shell.error ? shell.error.message : shell.error[0]!.message}`,
    );
  const values = Object.fromEntries([...shell.value.variables].map(([variable, name]) => [variable, files[name]!]));
  return { text: shell.value.text, values };
}

/** The answer that a program wrote to its file, if any; or why Baton cannot deliver it. */
export function readAnswerFile(path: string): { readonly text: string | undefined } | { readonly cannot: string } {
  // A UTF-16 character takes at most 3 bytes, so a larger file is too long in any case.
  const read = readRegularFile(path, 3 * MAX_ANSWER_CHARS);
  if ("reason" in read) {
    if (read.reason === "absent") return { text: undefined };
    return { cannot: read.reason === "too_large" ? tooLong() : `its answer cannot be read: it ${read.message}` };
  }
  const text = read.bytes.toString("utf8");
  if (text.trim() === "") return { text: undefined };
  return text.length > MAX_ANSWER_CHARS ? { cannot: tooLong(text.length) } : { text };
}

/** How much of the end of a program's events can hold its answer, in bytes: each few characters may be an event. */
const MAX_LAST_EVENTS_BYTES = 32 * 1024 * 1024;

/** The answer that a program printed, or why Baton cannot deliver it. */
export function lastWords(stdout: string, output: RunnerOutput = "text"): ProgramAnswer {
  if (output === "text") return { text: readExcerptQuietly(stdout, MAX_ANSWER_CHARS, undefined, true).text };
  const answer = answerIn(stdout, output) ?? { cannot: "it ended without an answer" };
  return "text" in answer && answer.text.length > MAX_ANSWER_CHARS ? { cannot: tooLong(answer.text.length) } : answer;
}

/** Why a program that printed events could not do its work, in its own words; `undefined` if it did not say. */
export function printedFailure(stdout: string, output: RunnerOutput = "text"): string | undefined {
  const answer = output === "text" ? undefined : answerIn(stdout, output);
  return answer && "cannot" in answer ? answer.cannot : undefined;
}

const answerIn = (stdout: string, output: Exclude<RunnerOutput, "text">): ProgramAnswer | undefined =>
  EVENT_FORMATS[output].answerIn(readExcerptQuietly(stdout, MAX_LAST_EVENTS_BYTES, undefined, true).text);

const tooLong = (length?: number): string =>
  `its answer is ${length ?? `more than ${MAX_ANSWER_CHARS}`} characters long; at most ${MAX_ANSWER_CHARS} can be delivered`;
