import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { isTooDeep, TOO_DEEP } from "../../model/json.ts";
import { err, ok, type Result } from "../../model/result.ts";
import type { JsonObject, JsonValue } from "../../model/workflow.ts";
import { readExcerpt } from "../../os/excerpt.ts";

/** How much of the end of stdout becomes the step's `output`, in bytes. */
const TAIL = 8 * 1024;
/** The largest structured output, in bytes: it goes into the journal and into other steps' environments. */
export const LARGEST = 256 * 1024;

export interface OutputFailure {
  readonly message: string;
  readonly hint: string;
}

/**
 * What a command had to say (SEMANTICS §4): the JSON object in its `$BATON_OUTPUT` file; else its `::output name=value` lines;
 * else the end of its stdout, without the last newline.
 */
export async function readOutput(files: { stdout: string; output: string }): Promise<Result<JsonValue, OutputFailure>> {
  const written = readObject(files.output);
  if (written) return written;
  const { size, text } = readExcerpt(files.stdout, TAIL);
  const lines = size <= TAIL ? namedIn(text.split("\n")) : await namedInFile(files.stdout);
  if (Object.keys(lines).length > 0) {
    return JSON.stringify(lines).length > LARGEST ? err(tooLarge("its ::output lines hold")) : ok(lines);
  }
  return ok(text.replace(/\r?\n$/, ""));
}

/** The last lines of a file as one short piece of text, for an error message. */
export function lastLines(path: string): string {
  const lines = readExcerpt(path, 1024).text.trim().split("\n");
  return lines.slice(-3).join("\n").slice(-500);
}

function readObject(path: string): Result<JsonObject, OutputFailure> | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT"
      ? undefined
      : err({ message: `$BATON_OUTPUT could not be read: ${message}`, hint: FORMAT });
  }
  if (text.trim() === "") return undefined;
  if (Buffer.byteLength(text) > LARGEST) return err(tooLarge("$BATON_OUTPUT holds"));
  try {
    const value: unknown = JSON.parse(text);
    if (isTooDeep(value)) return err(tooDeep("$BATON_OUTPUT holds data that is"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return ok(value as JsonObject);
    return err({ message: "$BATON_OUTPUT does not hold a JSON object", hint: FORMAT });
  } catch (error) {
    return err({ message: `$BATON_OUTPUT is not JSON: ${(error as Error).message}`, hint: FORMAT });
  }
}

const FORMAT = 'Write one JSON object to the file, e.g. printf \'{"version":"1.2.0"}\' > "$BATON_OUTPUT".';

export function tooLarge(subject: string): OutputFailure {
  const hint = "Write the data to a file of your own, and give out its path.";
  return { message: `${subject} more than ${LARGEST / 1024} kB`, hint };
}

export function tooDeep(subject: string): OutputFailure {
  return { message: `${subject} ${TOO_DEEP}`, hint: "Make it flatter, or write it to a file and give out its path." };
}

const NAMED = /^::output ([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$/;

function namedIn(lines: readonly string[]): JsonObject {
  const found: JsonObject = Object.create(null);
  for (const line of lines) {
    const match = NAMED.exec(line.endsWith("\r") ? line.slice(0, -1) : line);
    if (match) found[match[1]!] = match[2]!;
  }
  return found;
}

/** Only for output that is longer than the tail; it may be gigabytes, so it is read as a stream. */
async function namedInFile(path: string): Promise<JsonObject> {
  const found: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.startsWith("::output ")) found.push(line);
  }
  return namedIn(found);
}
