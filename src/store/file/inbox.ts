import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Message } from "../../model/message.ts";
import type { Inbox } from "../../model/store.ts";
import { replaceFile } from "../../os/replace.ts";
import { ifThere } from "./absent.ts";

/** The digits of an instant in a file's name, so that names sort as numbers do. */
const INSTANT = 15;

/**
 * One file a message, `<time>-<id>.json`, so that names sort by arrival. Whoever sends needs no lock and no living owner; messages that
 * nobody took belong to the next one. The directory is made with the run: a message to a run that is not there must not make it appear.
 */
export function fileInbox(directoryOf: (id: string) => string, now: () => number): Inbox {
  let latest = 0;
  const inboxOf = (id: string) => join(directoryOf(id), "inbox");
  const waiting = (id: string): string[] =>
    (ifThere(() => readdirSync(inboxOf(id))) ?? []).filter((name) => name.endsWith(".json"));
  return {
    put(id, message) {
      Message.parse(message);
      // Two messages of one millisecond, or of a clock that was set back, stay in the order in which they were sent.
      latest = Math.max(now(), latest + 1);
      const name = `${String(latest).padStart(INSTANT, "0")}-${message.id}.json`;
      replaceFile(join(inboxOf(id), name), JSON.stringify(message));
    },
    list(id) {
      const messages: Message[] = [];
      for (const name of waiting(id).sort()) {
        const path = join(inboxOf(id), name);
        const text = ifThere(() => readFileSync(path, "utf8"));
        const message = text === undefined ? undefined : parse(text);
        if (message) messages.push(message);
        else rmSync(path, { force: true });
      }
      return messages;
    },
    remove(id, messageId) {
      for (const name of waiting(id)) {
        if (name.slice(INSTANT + 1) === `${messageId}.json`) rmSync(join(inboxOf(id), name), { force: true });
      }
    },
  };
}

function parse(text: string): Message | undefined {
  try {
    const parsed = Message.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
