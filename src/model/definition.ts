import { z } from "zod";
import { Performer } from "./worker.ts";
import { JsonRecord, Workflow } from "./workflow.ts";

/** What a run is made of: the workflow and its input. It never changes once the run exists. */
export const Definition = z.object({
  workflow: Workflow,
  parameters: JsonRecord,
  /** The workflow's context, with the caller's values on top. */
  context: JsonRecord,
  /** The capabilities that its steps ask for, as found when the run was made; for needs, the best first. */
  performers: z.record(z.string(), z.array(Performer)).optional(),
});
export type Definition = z.infer<typeof Definition>;
