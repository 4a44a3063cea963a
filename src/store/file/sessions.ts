import { lstatSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SESSION_ID } from "../../model/ids.ts";
import { SessionEvent, type Sessions } from "../../model/session.ts";
import { readRegularFile } from "../../system/file.ts";
import { appendOwn } from "../../system/own-file.ts";
import { ensureDirectory, ifExists } from "./fs.ts";

/** The largest session file that is read, in bytes. The texts in it are bounded, so a larger file is no session. */
const MAX_SESSION_BYTES = 64 * 1024 * 1024;

/** One file per session, `sessions/<id>.jsonl`. Each event is a line, appended by one write(2). */
export function fileSessions(state: string, onStateCreated: () => void): Sessions {
  const sessions = join(state, "sessions");
  const pathOf = (id: string) => join(sessions, `${id}.jsonl`);
  return {
    open(opened) {
      ensureDirectory(state, "sessions", onStateCreated);
      try {
        writeFileSync(pathOf(opened.sessionId), `${JSON.stringify(opened)}\n`, { flag: "wx", mode: 0o600 });
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
      }
    },
    append(id, event) {
      // The first newline ends a line that a killed process may have left unfinished, so that it cannot swallow this
      // one.
      appendOwn(pathOf(id), `\n${JSON.stringify(event)}\n`);
    },
    read(id) {
      if (!SESSION_ID.test(id)) return undefined;
      const read = readRegularFile(pathOf(id), MAX_SESSION_BYTES);
      const text = "bytes" in read ? read.bytes.toString("utf8") : "";
      const events = text.split("\n").flatMap((line) => readLine(line) ?? []);
      return events[0]?.type === "session_opened" ? events : undefined;
    },
    list() {
      const names = ifExists(() => readdirSync(sessions)) ?? [];
      const found = names.flatMap((name) => {
        const id = name.endsWith(".jsonl") ? name.slice(0, -".jsonl".length) : "";
        if (!SESSION_ID.test(id)) return [];
        const stats = lstatSync(pathOf(id), { throwIfNoEntry: false });
        return stats ? [{ id, made: stats.birthtimeMs || stats.ctimeMs }] : [];
      });
      return found.sort((a, b) => b.made - a.made || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
    },
  };
}

function readLine(line: string): SessionEvent | undefined {
  if (line.trim() === "") return undefined;
  try {
    const parsed = SessionEvent.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
