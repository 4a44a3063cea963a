import type { Result } from "../model/data/result.ts";
import { equalJson } from "../model/json.ts";

/** Why Baton leaves a file unchanged, for a person to read. */
export interface EditConflict {
  /**
   * `not_ours`: somebody else's; `edited`: ours, and changed since; `unreadable`: not in its format; `cannot_edit`: no
   * place for it without touching more.
   */
  readonly reason: "not_ours" | "edited" | "unreadable" | "cannot_edit";
  readonly message: string;
  readonly hint: string;
}

/** The new text of a file; `undefined`: no such file. */
export type Edit = Result<string | undefined, EditConflict>;

/** One edit of a file and its inverse: `erase(write(text))` is `text`, byte for byte. */
export interface FileEdit {
  readonly path: string;
  write(text: string | undefined): Edit;
  erase(text: string | undefined): Edit;
}

/** The command line with which a host starts Baton. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
}

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/**
 * Whether an entry is one that some Baton wrote: it has our keys only, and starts Baton as a server. Where it starts it
 * from may differ, since a checkout moves and a Node is updated.
 */
export function isOurs(entry: unknown, fresh: Readonly<Record<string, Plain>>): boolean {
  if (typeof entry !== "object" || entry === null || !equalJson(Object.keys(entry).sort(), Object.keys(fresh).sort()))
    return false;
  const changing = ["command", "cmd", "args"];
  const found = entry as Record<string, unknown>;
  if (!Object.keys(fresh).every((key) => changing.includes(key) || equalJson(found[key], fresh[key]))) return false;
  const args: unknown = found.args;
  if (!Array.isArray(args) || args.at(-1) !== "serve") return false;
  return args.some((arg) => typeof arg === "string" && /(^|[\\/])baton\.cjs$|^baton-mcp(@|$)/.test(arg));
}

/** The line ends of a text. */
export const lineEnd = (text: string): string => (/\r\n/.test(text) ? "\r\n" : "\n");
