import { equalJson } from "../model/json.ts";
import type { Result } from "../model/result.ts";

/** Why a file stays as it is, for a person to read. */
export interface EditConflict {
  /**
   * `not_ours`: someone else's. `edited`: Baton's, and changed since. `unreadable`: not in its format. `cannot_edit`:
   * it has no place for the entry without changing more.
   */
  readonly reason: "not_ours" | "edited" | "unreadable" | "cannot_edit";
  readonly message: string;
  readonly hint: string;
}

/** The new text of a file; `undefined` if there is no such file. */
export type Edit = Result<string | undefined, EditConflict>;

/**
 * One thing that Baton writes into a file, and how to remove it again. For YAML and TOML `erase(write(text))` is
 * `text`, byte for byte; for JSON every byte outside the entry stays.
 */
export interface FileEdit {
  readonly path: string;
  write(text: string | undefined): Edit;
  erase(text: string | undefined): Edit;
}

/** The command that starts Baton, for all hosts. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
}

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/**
 * Whether some Baton wrote an entry: it has only our keys, and starts Baton as a server. The path may differ, since
 * checkouts move and Node gets updated.
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
