import type { Result } from "./data/result.ts";
import type { StepStatus } from "./run.ts";
import type { Dependency, DependencyType, EdgeCondition, JsonObject, JsonValue, Step, Workflow } from "./workflow.ts";

/**
 * Why an edge exists. `dependency`: the author wrote it. `condition`: the later step's condition names the earlier
 * one. `data`: the later step reads the earlier one's result in `{{ }}`.
 */
export type EdgeOrigin = "dependency" | "condition" | "data";

/** A directed edge between step indices. A pair may have several, and each must hold. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly type: DependencyType;
  /**
   * The explicit condition, or undefined. Then the edge requires success of `from`, unless `to` has a condition of its
   * own, which makes the edge pure ordering (SEMANTICS §3).
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

/** Everything that an expression may read. */
export interface Facts {
  readonly parameters: JsonObject;
  readonly context: JsonObject;
  /** By step index. */
  step(index: number): StepFacts;
}

/** An expression that failed on this data: an unknown name, a missing key, a type that does not fit. */
export interface ExpressionFailure {
  readonly reason: "condition_error" | "expression_error" | "value_refused";
  readonly message: string;
  readonly hint?: string;
}

/** A step's config with every template filled in. `environment` carries the values that shell text refers to. */
export interface Rendered {
  readonly config: Readonly<Record<string, unknown>>;
  /** `BATON_V1`… → value, for the placeholders in shell text. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The steps that one parent was expanded into. Their indices follow all earlier ones and never change. Never changed,
 * only replaced.
 */
export interface Expansion {
  /** The parent step. */
  readonly step: string;
  /** The index of the first of them. */
  readonly first: number;
  readonly steps: readonly Step[];
  readonly dependencies: readonly Dependency[];
  /** Whether they are discarded: their parent was restarted, failed or restored. */
  readonly withdrawn?: boolean;
}

/**
 * A workflow compiled for running: integer-indexed, and walked only iteratively. Steps keep the order of the
 * definition. `successors` and `predecessors` list edge numbers in compressed rows: those of step i are
 * `list[offsets[i]] … list[offsets[i + 1] - 1]`, each an index into `edges`.
 */
export interface Plan {
  /** The definition, and its expansions. */
  readonly workflow: Workflow;
  /** How many indices there are. */
  readonly size: number;
  readonly expansions: readonly Expansion[];
  /** By step: 1 if it is discarded. Then it has neither edges nor a name. */
  readonly discarded: Uint8Array;
  /** How many steps there are, without discarded ones. */
  readonly stepCount: number;
  readonly indexOf: ReadonlyMap<string, number>;
  readonly edges: readonly Edge[];
  readonly successors: Adjacency;
  readonly predecessors: Adjacency;
  /** By step: 1 if an edge waits for its start, rather than for its finish. */
  readonly startAwaited: Uint8Array;
  /** By step: how many incoming edges hold back its finish, rather than its start. */
  readonly finishEdges: Int32Array;
  /** By step: 1 if a worker performs it, rather than Baton. */
  readonly byWorker: Uint8Array;
  /** By step: 1 if it only waits and takes no slot. */
  readonly passive: Uint8Array;
  /** By step: 1 if it only adds other steps to the run, so it is no work itself. */
  readonly expands: Uint8Array;
  /** How many of its steps may run at once at most, as their edges have it. */
  width(): number;
  /** Absent if the workflow has no limits. */
  readonly concurrency?: ConcurrencyGroups;
  /** The step's own condition on these facts; `true` if it has none. Called once nothing holds back its start. */
  condition(index: number, facts: Facts): Result<boolean, ExpressionFailure>;
  /** Fills the templates of a step. Called when an attempt is about to start. */
  render(index: number, facts: Facts): Result<Rendered, ExpressionFailure>;
  /** The plan of the same definition with exactly these expansions. */
  withExpansions(growths: readonly Expansion[]): Plan;
}

/** Steps by their limits: a group holds the steps that are under the same ones. */
export interface ConcurrencyGroups {
  /** By limit: how many of its steps may run at once. */
  readonly max: readonly number[];
  /** By group: its limits. */
  readonly limits: readonly (readonly number[])[];
  /** By step: its group, from 1; 0 if it is under no limit. */
  readonly groupOf: Int32Array;
}

export interface Adjacency {
  readonly offsets: Int32Array;
  readonly list: Int32Array;
}
