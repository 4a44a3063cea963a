import { z } from "zod";
import { JsonRecord, type Parameter, type Step } from "./workflow.ts";

/** What a goal may become when no template of the library fits it better. */
export const WORKFLOW_TYPES = ["build_only", "plan_then_build", "multi_task", "decompose_first"] as const;
export type WorkflowType = (typeof WORKFLOW_TYPES)[number];

/** The template that a workflow type is run from. */
export const TEMPLATE_OF: Readonly<Record<WorkflowType, string>> = {
  build_only: "build-only",
  plan_then_build: "plan-then-build",
  multi_task: "multi-task",
  decompose_first: "decompose-first",
};

export const COMPLEXITIES = ["low", "medium", "high", "very_high"] as const;
/**
 * `go`: clear enough to start. `choose`: one of two is to be chosen. `ask`: something is missing. `question` asks for
 * it.
 */
export const DECISIONS = ["go", "choose", "ask"] as const;

/** What the calling model thinks that a goal should become. It decides. */
export const Assessment = z.object({
  /** A workflow type, the name of a template, or `none`: the goal needs no workflow. */
  workflow: z.string(),
  tasks: z.array(z.string()).optional(),
  parameters: JsonRecord.optional(),
  reason: z.string().optional(),
  confidence: z.number().min(0).max(1).optional(),
  /** How much work it is, whatever the workflow. */
  complexity: z.enum(COMPLEXITIES).optional(),
});
export type Assessment = z.infer<typeof Assessment>;

/** What routing knows of a template. */
export interface RoutableTemplate {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  /** Who performs its steps, in order. */
  readonly agents?: readonly string[];
  readonly steps?: readonly Step[];
  /** As `name@version`. */
  readonly reference?: string;
  /** The template lies in the project: anyone who can change the repository may have written it. */
  readonly shipped?: boolean;
}

/** Everything that routing may know besides the goal. */
export interface RouteContext {
  /** Plans that exist. */
  readonly plans: readonly { readonly id: string; readonly goal: string }[];
  /** Tasks that the caller named one by one. */
  readonly tasks?: readonly string[];
  /** Titles of tasks that are known. */
  readonly backlog?: readonly string[];
  readonly templates: readonly RoutableTemplate[];
  /** Corrections of earlier goals, the newest last. */
  readonly corrections: readonly { readonly goal: string; readonly label: string }[];
  readonly assessment?: Assessment;
}

const LabelConfidence = z.object({ label: z.string(), confidence: z.number().min(0).max(1) });

/** What a goal becomes, and why. */
export const Routed = z.object({
  /** A workflow type, or a template's name. */
  label: z.string(),
  template: z.string(),
  /** The parameters of the template, as far as they are known. */
  parameters: JsonRecord,
  /** Required parameters without a value. */
  missing: z.array(z.object({ name: z.string(), type: z.string(), description: z.string().optional() })),
  /** For `multi_task`: the tasks, one by one. */
  tasks: z.array(z.string()),
  agents: z.array(z.string()),
  /**
   * From 0 to 1. With an assessment: how sure the calling model says it is. Without one: how often such an answer is
   * right, calibrated on labelled goals. Absent if the model does not say, or if the goal says too little.
   */
  confidence: z.number().min(0).max(1).optional(),
  reasons: z.array(z.string()),
  /** The other labels, the likeliest first. With an assessment: only the label that the rules prefer. */
  alternatives: z.array(LabelConfidence),
  decision: z.enum(DECISIONS),
  question: z.string().optional(),
  /** What the rules alone say: the classifier, corrections and known work. Absent if the goal says too little. */
  rules: LabelConfidence.optional(),
  /** What the calling model said, which decides; and whether the rules say something else. */
  assessed: LabelConfidence.partial({ confidence: true })
    .extend({ reason: z.string().optional(), differs: z.boolean() })
    .optional(),
  /** The existing plan to build. */
  planId: z.string().optional(),
});
export type Routed = z.infer<typeof Routed>;

/** The same, with how much work it is. */
export const Routing = Routed.extend({ complexity: z.enum(COMPLEXITIES) });
export type Routing = z.infer<typeof Routing>;
