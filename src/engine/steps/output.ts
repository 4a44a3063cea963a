import { isTooDeep, TOO_DEEP } from "../../model/json.ts";
import { err, ok, type Result } from "../../model/result.ts";
import type { JsonObject, JsonValue } from "../../model/workflow.ts";
import { chunksOf } from "../../system/chunks.ts";
import { type Excerpt, readExcerpt, readExcerptQuietly } from "../../system/excerpt.ts";
import { readRegularFile } from "../../system/file.ts";
import { NamedLines } from "./output-lines.ts";

/** How much of the end of stdout becomes the step's `output`, in bytes. */
const TAIL = 8 * 1024;
/** The largest structured output, in bytes: it goes into the journal and into other steps' environments. */
export const LARGEST = 256 * 1024;
/** A stdout beyond this is not gone through: a file may claim any size, and going through it takes time with no end. */
const LONGEST = 16 * 1024 ** 3;
/** So much is gone through in no time, even when somebody waits for the end. */
const QUICK = 64 * 1024 ** 2;

export interface OutputFailure {
  readonly message: string;
  readonly hint: string;
}

/**
 * What a command had to say (SEMANTICS §4): the JSON object in its `$BATON_OUTPUT` file; else its `::output name=value` lines;
 * else the end of its stdout, without the last newline. Bounded in memory, and in the time that it takes at a stretch, whatever was written.
 *
 * @param hurry aborted when the attempt is to end: what is only found by going through much is then left out
 */
export async function readOutput(
  files: { readonly stdout: string; readonly output: string },
  hurry?: AbortSignal,
): Promise<Result<JsonValue, OutputFailure>> {
  try {
    const written = readObject(files.output);
    if (written) return written;
    const end = readExcerpt(files.stdout, TAIL, undefined, true);
    const named = await namedIn(files.stdout, end, hurry);
    if (!named.ok) return named;
    return ok(named.value ?? end.text.replace(/\r?\n$/, ""));
  } catch (error) {
    // Whatever was put in its place: an attempt ends, however little can be said of what it wrote.
    const message = `its stdout could not be read: ${error instanceof Error ? error.message : String(error)}`;
    return err({ message, hint: "Its log is Baton's to write: no command may replace it." });
  }
}

/** The last lines of a file as one short piece of text, for an error message. */
export function lastLines(path: string): string {
  const lines = readExcerptQuietly(path, 1024, undefined, true).text.trim().split("\n");
  return lines.slice(-3).join("\n").slice(-500);
}

/** `undefined`: nothing is named; or much would have to be gone through, and there is no time for it. */
async function namedIn(
  path: string,
  { text, size }: Excerpt,
  hurry: AbortSignal | undefined,
): Promise<Result<JsonObject | undefined, OutputFailure>> {
  const lines = new NamedLines(LARGEST);
  if (size <= TAIL) lines.take(Buffer.from(text));
  else {
    if (size > LONGEST) return err(tooLong(size));
    for await (const piece of chunksOf(path)) {
      if (hurry?.aborted && size > QUICK) return ok(undefined);
      lines.take(piece);
      if (lines.tooMuch) break;
    }
  }
  const found = lines.finish();
  const tooMuch = lines.tooMuch || Buffer.byteLength(JSON.stringify(found)) > LARGEST;
  if (tooMuch) return err(tooLarge("its ::output lines hold"));
  return ok(Object.keys(found).length > 0 ? found : undefined);
}

function readObject(path: string): Result<JsonObject, OutputFailure> | undefined {
  const read = readRegularFile(path, LARGEST);
  if ("reason" in read) {
    if (read.reason === "absent") return undefined;
    if (read.reason === "too_large") return err(tooLarge("$BATON_OUTPUT holds"));
    const how = read.reason === "not_a_file" ? read.message : `could not be read: ${read.message}`;
    return err({ message: `$BATON_OUTPUT ${how}`, hint: FORMAT });
  }
  const text = read.bytes.toString("utf8");
  if (text.trim() === "") return undefined;
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

const tooLong = (size: number): OutputFailure => ({
  message: `its stdout is ${size} bytes long; at most ${LONGEST} are gone through`,
  hint: "Write that much to a file of your own.",
});
