import { err, ok, type Result } from "../../model/data/result.ts";
import { isTooDeep, TOO_DEEP } from "../../model/json.ts";
import type { JsonObject, JsonValue } from "../../model/workflow.ts";
import { readChunks } from "../../system/chunks.ts";
import { type Excerpt, readExcerpt, readExcerptQuietly } from "../../system/excerpt.ts";
import { readRegularFile } from "../../system/file.ts";
import { OutputLines } from "./output-lines.ts";

/** How many bytes from the end of stdout become the step's `output`. */
const TAIL_BYTES = 8 * 1024;
/** The largest structured output, in bytes. It goes into the journal and into the environments of other steps. */
export const MAX_OUTPUT_BYTES = 256 * 1024;
/** The largest stdout that Baton scans, in bytes. A file may claim any size, and a scan of it could take forever. */
const MAX_STDOUT_BYTES = 16 * 1024 ** 3;
/** How many bytes are scanned even after a stop: this much takes no noticeable time. */
const QUICK_READ_BYTES = 64 * 1024 ** 2;

export interface OutputFailure {
  readonly message: string;
  readonly hint: string;
}

/**
 * The output of a command (SEMANTICS §4): the JSON object in its `$BATON_OUTPUT` file; else its `::output name=value`
 * lines; else the end of its stdout, without the last newline. Memory and time without a pause are bounded for any
 * input.
 *
 * @param stopped aborted when the attempt is stopped; then the lines of a large stdout are not searched
 */
export async function readOutput(
  files: { readonly stdout: string; readonly output: string },
  stopped?: AbortSignal,
): Promise<Result<JsonValue, OutputFailure>> {
  try {
    const written = readOutputFile(files.output);
    if (written) return written;
    const end = readExcerpt(files.stdout, TAIL_BYTES, undefined, true);
    const named = await readOutputLines(files.stdout, end, stopped);
    if (!named.ok) return named;
    return ok(named.value ?? end.text.replace(/\r?\n$/, ""));
  } catch (error) {
    // The command may have replaced its log with anything. The attempt must end all the same.
    const message = `its stdout could not be read: ${error instanceof Error ? error.message : String(error)}`;
    return err({ message, hint: "The command must not replace its log file." });
  }
}

/** The last three lines of a file, at most 500 characters, for an error message. */
export function lastLines(path: string): string {
  const lines = readExcerptQuietly(path, 1024, undefined, true).text.trim().split("\n");
  return lines.slice(-3).join("\n").slice(-500);
}

/** `undefined`: there are no such lines, or stdout is too large for a search after a stop. */
async function readOutputLines(
  path: string,
  { text, size }: Excerpt,
  stopped: AbortSignal | undefined,
): Promise<Result<JsonObject | undefined, OutputFailure>> {
  const lines = new OutputLines(MAX_OUTPUT_BYTES);
  if (size <= TAIL_BYTES) lines.push(Buffer.from(text));
  else {
    if (size > MAX_STDOUT_BYTES) return err(tooLong(size));
    for await (const piece of readChunks(path)) {
      if (stopped?.aborted && size > QUICK_READ_BYTES) return ok(undefined);
      lines.push(piece);
      if (lines.tooLarge) break;
    }
  }
  const found = lines.finish();
  const tooMuch = lines.tooLarge || Buffer.byteLength(JSON.stringify(found)) > MAX_OUTPUT_BYTES;
  if (tooMuch) return err(tooLarge("its ::output lines hold"));
  return ok(Object.keys(found).length > 0 ? found : undefined);
}

function readOutputFile(path: string): Result<JsonObject, OutputFailure> | undefined {
  const read = readRegularFile(path, MAX_OUTPUT_BYTES);
  if ("reason" in read) {
    if (read.reason === "absent") return undefined;
    if (read.reason === "too_large") return err(tooLarge("$BATON_OUTPUT holds"));
    const how = read.reason === "not_a_file" ? read.message : `could not be read: ${read.message}`;
    return err({ message: `$BATON_OUTPUT ${how}`, hint: FORMAT_HINT });
  }
  const text = read.bytes.toString("utf8");
  if (text.trim() === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isTooDeep(value)) return err(tooDeep("$BATON_OUTPUT holds data that is"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return ok(value as JsonObject);
    return err({ message: "$BATON_OUTPUT does not hold a JSON object", hint: FORMAT_HINT });
  } catch (error) {
    return err({ message: `$BATON_OUTPUT is not JSON: ${(error as Error).message}`, hint: FORMAT_HINT });
  }
}

const FORMAT_HINT = 'Write one JSON object to the file, e.g. printf \'{"version":"1.2.0"}\' > "$BATON_OUTPUT".';

export function tooLarge(subject: string): OutputFailure {
  const hint = "Write the data to a file of your own, and output its path.";
  return { message: `${subject} more than ${MAX_OUTPUT_BYTES / 1024} kB`, hint };
}

export function tooDeep(subject: string): OutputFailure {
  return { message: `${subject} ${TOO_DEEP}`, hint: "Nest it less, or write it to a file and output its path." };
}

const tooLong = (size: number): OutputFailure => ({
  message: `its stdout is ${size} bytes long; Baton searches at most ${MAX_STDOUT_BYTES}`,
  hint: "Write large output to a file of your own.",
});
