import type { CapabilityKind, CapabilityRecord, Refusal } from "../capability.ts";

/** What was found, the strongest first, shadowed ones among them; and what could not be taken. */
export interface Scan {
  readonly records: readonly CapabilityRecord[];
  readonly refusals: readonly Refusal[];
}

export type Field = "name" | "operations" | "tags" | "triggers" | "description";

/** Why something was found: a word of the record, and where it stands there. */
export interface Reason {
  readonly word: string;
  readonly fields: readonly Field[];
}

export interface Hit {
  readonly record: CapabilityRecord;
  readonly score: number;
  readonly reasons: readonly Reason[];
}

/** How far a record meets a list of needs. */
export interface Match {
  readonly record: CapabilityRecord;
  readonly score: number;
  readonly covers: readonly { readonly need: string; readonly field: Field }[];
  readonly lacks: readonly string[];
}

export interface Matches {
  /** Those that cover every need, the best first. */
  readonly covering: readonly Match[];
  /** If there are none: the nearest, each with what it lacks. */
  readonly nearest: readonly Match[];
}

/**
 * The capabilities that can be named. `project` is any directory in the project that is meant; absent: the process's own.
 * Everything here reads files at most; nothing in them is executed, obeyed or trusted.
 */
export interface Catalog {
  scan(project?: string): Scan;
  /** These directories alone, whatever else is configured. */
  survey(roots: readonly string[]): Scan;
  /** Who is meant by a name, a slug, an id, or `plugin:name`. Without a kind: whoever has the stronger scope, else the agent. */
  find(kind: CapabilityKind | undefined, name: string, project?: string): CapabilityRecord | undefined;
  /** The names closest to one that is unknown, for error texts; the closest first. */
  nearest(name: string, kind?: CapabilityKind, project?: string): readonly string[];
  /** What fits some words, the best first. Shadowed and hidden records are not found. */
  search(query: string, options?: { kind?: CapabilityKind; limit?: number }, project?: string): readonly Hit[];
  /** Who can do all of this. A need is a word, or the name of an operation. */
  matching(needs: readonly string[], project?: string): Matches;
}
