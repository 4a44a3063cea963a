import type { StepSyntax } from "../model/contracts/step.ts";
import type { Result } from "../model/data/result.ts";
import type { Diagnostic, Place } from "../model/diagnostic.ts";
import type { JsonObject, Workflow } from "../model/workflow.ts";
import type { Path } from "./diagnostics/diagnostics.ts";
import type { Source } from "./source/source.ts";

export interface ParseOptions {
  readonly stepTypes: readonly StepSyntax[];
  readonly maxSteps: number;
  /**
   * The parameters of a run. When present, they must hold everything that expressions read. When absent, the workflow
   * is only validated, and `needs` lists what it reads.
   */
  readonly parameters?: JsonObject;
  readonly context?: JsonObject;
  /** Reads the workflow file that a step names. */
  readonly readWorkflow?: (file: string) => Result<Source, Diagnostic>;
  /** How many workflows contain this one; absent for the outermost. */
  readonly depth?: number;
}

export interface Parsed {
  readonly workflow: Workflow;
  /** The caller's values as their declared types, and the defaults. Empty when the workflow is only validated. */
  readonly parameters: JsonObject;
  readonly warnings: Diagnostic[];
  /** The names that a caller may have to pass, sorted. */
  readonly needs: { readonly parameters: string[]; readonly context: string[] };
  /** Where the author wrote the value at a path of the form with `steps`. */
  readonly place: (path: Path) => Place;
}
