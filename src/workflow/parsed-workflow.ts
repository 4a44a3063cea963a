import type { StepSyntax } from "../model/contracts/step.ts";
import type { Diagnostic, Place } from "../model/diagnostic.ts";
import type { Result } from "../model/result.ts";
import type { JsonObject, Workflow } from "../model/workflow.ts";
import type { Path } from "./diagnostics/diagnostics.ts";
import type { Source } from "./source/source.ts";

export interface ParseOptions {
  readonly stepTypes: readonly StepSyntax[];
  readonly maxSteps: number;
  /**
   * What a run is called with. When given, everything that expressions read must be there; when absent, the workflow is
   * only validated and `needs` tells what it reads.
   */
  readonly parameters?: JsonObject;
  readonly context?: JsonObject;
  /** Reads a workflow that a step names by its file. */
  readonly readWorkflow?: (file: string) => Result<Source, Diagnostic>;
  /** How many workflows stand around this one. */
  readonly depth?: number;
}

export interface Parsed {
  readonly workflow: Workflow;
  /** What it is called with: the caller's values as their declared types, and defaults. Empty when it is only validated. */
  readonly parameters: JsonObject;
  readonly warnings: Diagnostic[];
  /** What a caller may have to give; sorted. */
  readonly needs: { readonly parameters: string[]; readonly context: string[] };
  /** Where the author wrote what stands at a path of the form with `steps`. */
  readonly place: (path: Path) => Place;
}
