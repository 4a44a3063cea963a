import { randomUUID } from "node:crypto";
import { type Dir, opendirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Inbox } from "../../model/contracts/store.ts";
import type { Message } from "../../model/message.ts";
import { AnyMessage } from "../../run/schemas.ts";
import { readRegularFile } from "../../system/file.ts";
import { replaceFile } from "../../system/replace-file.ts";

/** How many digits the instant in a file name has, so that names sort like numbers. */
const TIME_DIGITS = 15;
/** The largest message, in bytes. The data in a message is limited far below this. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/**
 * How many file names, messages and bytes of messages one call of `list` reads at most. The rest waits for the next
 * call.
 */
const MAX_LISTED_NAMES = 10_000;
const MAX_LISTED_MESSAGES = 256;
const MAX_LISTED_BYTES = 16 * 1024 * 1024;

/**
 * One file per message, `<time>-<id>.json`, so that names sort by arrival. A sender needs no lock and no living owner;
 * the next owner takes the messages that are left. `create` makes the directory: a message to a missing run must not
 * make it appear.
 */
export function fileInbox(directoryOf: (id: string) => string, now: () => number) {
  let latest = 0;
  /** The file names of each message in the last `list` of a run, by run id and message id. */
  const found = new Map<string, Map<string, string[]>>();
  const inboxOf = (id: string) => join(directoryOf(id), "inbox");

  /**
   * Removes an entry that is no message. It renames a directory, which `sweep` removes later, since that may take time.
   */
  const drop = (id: string, name: string) => {
    const path = join(inboxOf(id), name);
    try {
      rmSync(path, { force: true });
    } catch {
      try {
        renameSync(path, join(directoryOf(id), `.tmp-${randomUUID()}`));
      } catch {
        // The entry stays, and does no harm.
      }
    }
  };

  return {
    put(id, message) {
      AnyMessage.parse(message);
      const text = JSON.stringify(message);
      if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES)
        throw new Error(`a message of more than ${MAX_MESSAGE_BYTES} bytes cannot be sent`);
      // Messages keep their order, even within one millisecond or after the system clock was set back.
      latest = Math.max(now(), latest + 1);
      const name = `${String(latest).padStart(TIME_DIGITS, "0")}-${message.id}.json`;
      replaceFile(join(inboxOf(id), name), text);
    },
    list(id) {
      const messages: Message[] = [];
      const names = new Map<string, string[]>();
      let bytesLeft = MAX_LISTED_BYTES;
      for (const name of messageFilesIn(inboxOf(id)).sort()) {
        if (messages.length === MAX_LISTED_MESSAGES || bytesLeft <= 0) break;
        const read = readRegularFile(join(inboxOf(id), name), MAX_MESSAGE_BYTES);
        if ("reason" in read) {
          if (read.reason !== "absent") drop(id, name);
          continue;
        }
        bytesLeft -= read.bytes.length;
        const message = parseMessage(read.bytes.toString("utf8"));
        if (!message) drop(id, name);
        else {
          messages.push(message);
          names.set(message.id, [...(names.get(message.id) ?? []), name]);
        }
      }
      if (names.size > 0) found.set(id, names);
      else found.delete(id);
      return messages;
    },
    remove(id, messageId) {
      const known = found.get(id)?.get(messageId);
      const all =
        known ?? messageFilesIn(inboxOf(id)).filter((name) => name.slice(TIME_DIGITS + 1) === `${messageId}.json`);
      for (const name of all) rmSync(join(inboxOf(id), name), { force: true });
    },
  } satisfies Inbox;
}

function messageFilesIn(directory: string): string[] {
  const names: string[] = [];
  const entries = openDirectory(directory);
  if (!entries) return names;
  try {
    for (let entry = entries.readSync(); entry && names.length < MAX_LISTED_NAMES; entry = entries.readSync()) {
      if (entry.name.endsWith(".json")) names.push(entry.name);
    }
  } finally {
    entries.closeSync();
  }
  return names;
}

/** Opens an inbox. Anything else in its place counts as empty, so that it does not block the inboxes of other runs. */
function openDirectory(directory: string): Dir | undefined {
  try {
    return opendirSync(directory);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

function parseMessage(text: string): Message | undefined {
  try {
    const parsed = AnyMessage.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
