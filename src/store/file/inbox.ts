import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Inbox, Message } from "../../model/store.ts";
import { replaceFile } from "./replace.ts";

const Stored: z.ZodType<Message> = z.object({
  id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  action: z.enum(["pause", "resume", "cancel", "restart"]),
  stepId: z.string().optional(),
}) as z.ZodType<Message>;

/**
 * One file a message, `<time>-<id>.json`, so that names sort by arrival. Whoever sends needs no lock and no living owner; messages that
 * nobody took belong to the next one.
 */
export function fileInbox(directoryOf: (id: string) => string, now: () => number): Inbox {
  const inboxOf = (id: string) => join(directoryOf(id), "inbox");
  const waiting = (id: string): string[] => {
    try {
      return readdirSync(inboxOf(id)).filter((name) => name.endsWith(".json"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  };
  return {
    put(id, message) {
      Stored.parse(message);
      mkdirSync(inboxOf(id), { recursive: true, mode: 0o700 });
      replaceFile(join(inboxOf(id), `${String(now()).padStart(15, "0")}-${message.id}.json`), JSON.stringify(message));
    },
    list(id) {
      const messages: Message[] = [];
      for (const name of waiting(id).sort()) {
        const message = readMessage(join(inboxOf(id), name));
        if (message) messages.push(message);
        else rmSync(join(inboxOf(id), name), { force: true });
      }
      return messages;
    },
    remove(id, messageId) {
      for (const name of waiting(id)) {
        if (name.endsWith(`-${messageId}.json`)) rmSync(join(inboxOf(id), name), { force: true });
      }
    },
  };
}

function readMessage(path: string): Message | undefined {
  try {
    const parsed = Stored.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
