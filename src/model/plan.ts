import type { Result } from "./result.ts";
import type { StepStatus } from "./run.ts";
import type { Dependency, DependencyType, EdgeCondition, JsonObject, JsonValue, Step, Workflow } from "./workflow.ts";

/**
 * Why an edge exists. `dependency`: written down; `condition`: the later step's condition names the earlier one;
 * `data`: the later step reads the earlier one's result in `{{ }}`.
 */
export type EdgeOrigin = "dependency" | "condition" | "data";

/** A directed edge between step indices. There may be several between one pair (each must hold). */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly type: DependencyType;
  /**
   * Explicit condition, else undefined: then it demands success of `from`, unless `to` has a condition of its own, which
   * makes the edge pure ordering (SEMANTICS §3).
   */
  readonly condition: EdgeCondition | undefined;
  readonly origin: EdgeOrigin;
}

/** What an expression may know of a step. `output` is absent for a step that was skipped or has none. */
export interface StepFacts {
  readonly status: StepStatus;
  readonly output?: JsonValue;
  readonly exitCode?: number;
  /** Milliseconds. */
  readonly duration?: number;
  readonly attempt: number;
}

/** Everything an expression may read. */
export interface Facts {
  readonly parameters: JsonObject;
  readonly context: JsonObject;
  /** By step index. */
  step(index: number): StepFacts;
}

/** An expression that failed on this data: an unknown name, no such key, a type that does not fit. */
export interface ExpressionFailure {
  readonly reason: "condition_error" | "expression_error" | "value_refused";
  readonly message: string;
  readonly hint?: string;
}

/** A step's config with every template filled in; `environment` carries the values that the shell text refers to. */
export interface Rendered {
  readonly config: Readonly<Record<string, unknown>>;
  /** `BATON_V1`… → value, for the placeholders inside shell text. */
  readonly values: Readonly<Record<string, string>>;
}

/** Steps that grew into a run. They stand behind all that were there before, at indices that are theirs for ever. Never changed, only replaced. */
export interface Growth {
  /** The step that they grew from. */
  readonly step: string;
  /** The index of the first of them. */
  readonly first: number;
  readonly steps: readonly Step[];
  readonly dependencies: readonly Dependency[];
  /** What they grew from was begun anew, or undone: they are no more. */
  readonly withdrawn?: boolean;
}

/**
 * A workflow compiled for running: integer-indexed, walked iteratively only. Steps keep the order of the definition.
 * `successors`/`predecessors` list edge numbers in compressed rows: those of step i are
 * `list[offsets[i]] … list[offsets[i + 1] - 1]`, each an index into `edges`.
 */
export interface Plan {
  /** The definition, and what has grown into it. */
  readonly workflow: Workflow;
  /** Indices there are. */
  readonly size: number;
  readonly growths: readonly Growth[];
  /** By step: 1 if it is no more. Then it has neither edges nor a name that anything could know it by. */
  readonly withdrawn: Uint8Array;
  /** Steps there are: without those that are no more. */
  readonly living: number;
  readonly indexOf: ReadonlyMap<string, number>;
  readonly edges: readonly Edge[];
  readonly successors: Adjacency;
  readonly predecessors: Adjacency;
  /** By step: 1 if some edge waits for its start, rather than for its outcome. */
  readonly startAwaited: Uint8Array;
  /** By step: how many of the edges into it hold back its finish, rather than its start. */
  readonly finishEdges: Int32Array;
  /** By step: 1 if it is leased to a worker rather than performed by Baton. */
  readonly byWorker: Uint8Array;
  /** By step: 1 if it only waits and takes no slot. */
  readonly passive: Uint8Array;
  /** Absent where the workflow has no limits. */
  readonly concurrency?: ConcurrencyGroups;
  /** The step's own condition on these facts; `true` where it has none. Called once nothing holds back its start any more. */
  condition(index: number, facts: Facts): Result<boolean, ExpressionFailure>;
  /** Fills the templates of a step. Called when an attempt is about to start. */
  render(index: number, facts: Facts): Result<Rendered, ExpressionFailure>;
  /** The plan of the same definition with these growths, and no others. */
  grown(growths: readonly Growth[]): Plan;
}

/** Steps by the limits they are under: those under the same ones are in one lane. */
export interface ConcurrencyGroups {
  /** By limit: how many of its steps may be under way at once. */
  readonly max: readonly number[];
  /** By lane: its limits. */
  readonly limits: readonly (readonly number[])[];
  /** By step: its lane, counted from 1; 0: it is under no limit. */
  readonly of: Int32Array;
}

export interface Adjacency {
  readonly offsets: Int32Array;
  readonly list: Int32Array;
}
