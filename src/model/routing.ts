import { z } from "zod";
import { JsonRecord, type Parameter } from "./workflow.ts";

/** What a goal may become when no template of the library fits it better. */
export const WORKFLOW_TYPES = ["build_only", "plan_then_build", "multi_task", "decompose_first"] as const;
export type WorkflowType = (typeof WORKFLOW_TYPES)[number];

/** The template that a workflow type is run from. */
export const TEMPLATE_OF: Readonly<Record<WorkflowType, string>> = {
  build_only: "build-only",
  plan_then_build: "plan-then-build",
  multi_task: "multi-task",
  decompose_first: "decompose",
};

export const COMPLEXITIES = ["low", "medium", "high", "very_high"] as const;
/** `go`: clear enough to start. `choose`: the two best are close. `ask`: something is wanted first, and `question` says what. */
export const DECISIONS = ["go", "choose", "ask"] as const;

/** What the calling agent, a language model, thinks of a goal. */
export const Assessment = z.object({
  /** A workflow type, or the name of a template. */
  workflow: z.string(),
  tasks: z.array(z.string()).optional(),
  parameters: JsonRecord.optional(),
  reason: z.string().optional(),
  confidence: z.number().min(0).max(1).optional(),
});
export type Assessment = z.infer<typeof Assessment>;

/** How often each was right in the end, of the goals about which the rules and the agent differed. */
export const Trust = z.object({ rules: z.number().int().nonnegative(), agent: z.number().int().nonnegative() });
export type Trust = z.infer<typeof Trust>;

/** A template as far as routing looks at it. */
export interface RoutableTemplate {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  /** Who performs its steps, in order. */
  readonly agents?: readonly string[];
  /** As `name@version`. */
  readonly reference?: string;
  /** It lies in the project: whoever may change the repository may have written it. */
  readonly shipped?: boolean;
}

/** All that routing may know besides the goal. */
export interface RouteContext {
  /** Plans that exist already. */
  readonly plans: readonly { readonly id: string; readonly goal: string }[];
  /** Tasks that the caller named one by one. */
  readonly tasks?: readonly string[];
  /** Titles of tasks that are known. */
  readonly backlog?: readonly string[];
  readonly templates: readonly RoutableTemplate[];
  /** What people said of earlier goals, the newest last. */
  readonly corrections: readonly { readonly goal: string; readonly label: string }[];
  readonly assessment?: Assessment;
  readonly trust?: Trust;
}

const Judgement = z.object({ label: z.string(), confidence: z.number().min(0).max(1) });

/** What a goal becomes, and why. */
export const Routing = z.object({
  /** A workflow type, or a template's name. */
  label: z.string(),
  template: z.string(),
  /** What the template is to be called with, as far as it is known. */
  parameters: JsonRecord,
  /** Required parameters that nobody gave. */
  missing: z.array(z.object({ name: z.string(), type: z.string(), description: z.string().optional() })),
  /** For `multi_task`: the tasks, one by one. */
  tasks: z.array(z.string()),
  agents: z.array(z.string()),
  complexity: z.enum(COMPLEXITIES),
  /** How often such an answer is right: calibrated on labelled goals. */
  confidence: z.number().min(0).max(1),
  reasons: z.array(z.string()),
  /** The others, the likeliest first. */
  alternatives: z.array(Judgement),
  decision: z.enum(DECISIONS),
  question: z.string().optional(),
  /** What the rules alone said. */
  rules: Judgement,
  /** What the agent said, and how much its word counted. */
  assessed: Judgement.extend({ reason: z.string().optional(), differs: z.boolean(), weight: z.number() }).optional(),
  /** The existing plan that is to be built. */
  planId: z.string().optional(),
});
export type Routing = z.infer<typeof Routing>;
