import { err, ok } from "../model/data/result.ts";
import type { FileEdit } from "./file-edit.ts";

/**
 * Detects a change, and resists no attacker: FNV-1a, 64 bits. Line ends do not count, since version control changes
 * them.
 */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text.replaceAll("\r\n", "\n")))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0");
}

const MARK = /^# Written by baton init, which will know it again: ([0-9a-f]{16})\r?\n/m;

/**
 * The text with a comment that marks it as Baton's, and tells whether it changed since. In frontmatter, if the text
 * has some.
 */
function marked(text: string): string {
  const mark = `# Written by baton init, which will know it again: ${fingerprint(text)}\n`;
  return text.startsWith("---\n") ? `---\n${mark}${text.slice(4)}` : mark + text;
}

function stateOf(text: string): "ours" | "edited" | "foreign" {
  const found = MARK.exec(text);
  if (!found) return "foreign";
  return fingerprint(text.replace(MARK, "")) === found[1] ? "ours" : "edited";
}

/** A file of Baton's own. Baton replaces an existing one only if it wrote it and nothing changed it since. */
export function ownFile(path: string, text: string): FileEdit {
  const fresh = marked(text);
  return {
    path,
    write(present) {
      if (present === undefined || present.replaceAll("\r\n", "\n") === fresh) return ok(present ?? fresh);
      const state = stateOf(present);
      if (state === "ours") return ok(fresh);
      return err({
        reason: state === "edited" ? "edited" : "not_ours",
        message:
          state === "edited"
            ? "was changed after Baton wrote it, so Baton leaves it"
            : "exists already, and Baton did not write it",
        hint: "To get Baton's file, move this one away, then run this command again.",
      });
    },
    erase(present) {
      const state = present === undefined ? "foreign" : stateOf(present);
      if (state === "foreign") return ok(present);
      if (state === "ours") return ok(undefined);
      return err({
        reason: "edited",
        message: "was changed after Baton wrote it, so Baton leaves it",
        hint: "If you do not need it, remove it by hand.",
      });
    },
  };
}
