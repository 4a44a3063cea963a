import type { CapabilityKind, CapabilityRecord, Refusal } from "../capability.ts";

/** What was found, the strongest first, shadowed records included; and what was refused. */
export interface Scan {
  readonly records: readonly CapabilityRecord[];
  readonly refusals: readonly Refusal[];
}

export type Field = "name" | "operations" | "tags" | "triggers" | "description";

/** Why something was found: a word of the record, and the field that holds it. */
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
  /** The records that cover every need, the best first. */
  readonly covering: readonly Match[];
  /** If none does: the nearest ones, each with what it lacks. */
  readonly nearest: readonly Match[];
}

/**
 * The capabilities that callers can name. `project` is any directory of the project; absent: the process's own.
 * Everything here only reads files. Baton executes, obeys and trusts nothing in them.
 */
export interface Catalog {
  scan(project?: string): Scan;
  /** Only these directories, whatever the configuration says. */
  survey(roots: readonly string[]): Scan;
  /**
   * The record that a name, a slug, an id, or `plugin:name` means. Without a kind, the stronger scope wins, then the
   * agent.
   */
  find(kind: CapabilityKind | undefined, name: string, project?: string): CapabilityRecord | undefined;
  /** The known names closest to an unknown one, for error texts; the closest first. */
  nearest(name: string, kind?: CapabilityKind, project?: string): readonly string[];
  /** The records that fit some words, the best first, without shadowed and hidden ones. */
  search(query: string, options?: { kind?: CapabilityKind; limit?: number }, project?: string): readonly Hit[];
  /** The records that can do all of this. A need is a word, or the name of an operation. */
  matching(needs: readonly string[], project?: string): Matches;
}
