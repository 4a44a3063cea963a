import type { CapabilityKind, CapabilityRecord, RecordRefusal } from "../capability.ts";

/** What was found, the strongest first, shadowed records included; and what was refused. */
export interface Scan {
  readonly records: readonly CapabilityRecord[];
  readonly refusals: readonly RecordRefusal[];
}

export type SearchField = "name" | "operations" | "tags" | "triggers" | "description";

/** Why something was found: a word of the record, and the field that holds it. */
export interface MatchReason {
  readonly word: string;
  readonly fields: readonly SearchField[];
}

export interface SearchHit {
  readonly record: CapabilityRecord;
  readonly score: number;
  readonly reasons: readonly MatchReason[];
}

/** How far a record meets a list of needs. */
export interface NeedsMatch {
  readonly record: CapabilityRecord;
  readonly score: number;
  readonly covers: readonly { readonly need: string; readonly field: SearchField }[];
  readonly lacks: readonly string[];
}

export interface NeedsMatches {
  /** The records that cover every need, the best first. */
  readonly covering: readonly NeedsMatch[];
  /** If none does: the nearest ones, each with what it lacks. */
  readonly nearest: readonly NeedsMatch[];
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
  search(query: string, options?: { kind?: CapabilityKind; limit?: number }, project?: string): readonly SearchHit[];
  /** The records that can do all of this. A need is a word, or the name of an operation. */
  matching(needs: readonly string[], project?: string): NeedsMatches;
}
