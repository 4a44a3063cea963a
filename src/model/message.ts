import { z } from "zod";
import { err, type Result } from "./data/result.ts";
import { AssignmentId, CheckpointId, StepId } from "./ids.ts";
import { MAX_NOTES, Note } from "./note.ts";
import { Performer } from "./worker.ts";
import { Json, JsonRecord } from "./workflow.ts";

const name = z.string().max(200);
const reason = z.string().max(4_000).optional();
/** What the worker tells others, beside anything that it does with its assignment. */
const notes = z.array(Note).min(1).max(MAX_NOTES).optional();
/** The context that one agent gives the next. */
export const HandoffContext = JsonRecord;

/** Why one worker takes a step from another, and what allows it. */
const TakeOver = z.object({
  reason: z.string().min(1).max(4_000),
  /** The token of the worker that has the step. */
  assignment: AssignmentId.optional(),
  /** Milliseconds without a sign of life after which anybody may. */
  quietMs: z.number().int().positive(),
  /** A person asks, at a terminal. */
  terminal: z.boolean().optional(),
});
export type TakeOver = z.infer<typeof TakeOver>;

/** A message's id becomes the `cause` of the events that it brings about. */
const envelope = { id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/) };
export const message = <A extends string, S extends z.ZodRawShape>(action: A, shape: S) =>
  z.object({ ...envelope, action: z.literal(action), ...shape });
export type MessageSchema = ReturnType<typeof message>;

/**
 * A request to the owner of a run. The sender makes tokens and instants, so the rules that obey it need no randomness.
 * The features in `run/features/` bring further ones.
 */
export const CoreMessage = z.discriminatedUnion("action", [
  message("pause", {}),
  message("resume", {}),
  message("cancel", {}),
  message("restart", { stepId: StepId.optional() }),
  /** At most one token for each step that the worker wants. */
  message("accept", {
    tokens: z.array(AssignmentId).min(1),
    stepId: StepId.optional(),
    agent: name.optional(),
    worker: name.optional(),
    runner: z.boolean().optional(),
    /** Also steps whose checks have not run before the work yet: the sender has waited for that. */
    withoutBaseline: z.boolean().optional(),
    /** Takes the step that `stepId` names from its worker. */
    takeOver: TakeOver.optional(),
    /** The assignment that the same worker has just delivered. */
    after: AssignmentId.optional(),
    /** What the worker was told before this instant may be forgotten. */
    forgotBefore: z.number().int().nonnegative().optional(),
  }),
  message("complete", { assignment: AssignmentId, output: Json.optional(), context: HandoffContext.optional(), notes }),
  message("fail", { assignment: AssignmentId, reason: z.string().max(4_000), output: Json.optional(), notes }),
  message("progress", {
    assignment: AssignmentId,
    percent: z.number().min(0).max(100).optional(),
    task: reason,
    notes,
  }),
  message("note", { assignment: AssignmentId, notes: notes.unwrap() }),
  message("release", { assignment: AssignmentId, reason, notes }),
  message("transfer", { assignment: AssignmentId, to: Performer, context: HandoffContext.optional(), reason, notes }),
  /** Corrects what the assignment delivered. At least one of both is given. */
  message("amend", { assignment: AssignmentId, output: Json.optional(), notes }),
  message("checkpoint", { name: name.optional() }),
  message("delete_checkpoint", { checkpoint: CheckpointId }),
  message("restore", { checkpoint: CheckpointId }),
]);
/** The messages of features, by action. Each feature declares its own here. */
// biome-ignore lint/suspicious/noEmptyInterface: features add to it
export interface FeatureMessages {}
export type Message = z.infer<typeof CoreMessage> | FeatureMessages[keyof FeatureMessages];
export type MessageOf<A extends Message["action"]> = Extract<Message, { action: A }>;
/** A message before it has its id. */
export type Request = Message extends infer M ? (M extends Message ? Omit<M, "id"> : never) : never;

/** Why the owner refused a message. Closed: `operations/refusal.ts` says what each means for the caller. */
export const REFUSAL_REASONS = [
  "illegal_transition",
  "unknown_step",
  "unknown_checkpoint",
  "unknown_assignment",
  "assignment_lost",
  "assignment_over",
  "output_invalid",
  "handoff_incomplete",
  "questions_exhausted",
  "not_asked",
  "answers_incomplete",
  "answered_otherwise",
  "not_ready",
  "busy",
] as const;

export interface Refusal {
  readonly reason: (typeof REFUSAL_REASONS)[number];
  readonly message: string;
}

export const refuse = (reason: Refusal["reason"], message: string): Result<never, Refusal> => err({ reason, message });

export type Delivery = Extract<Message, { assignment: string }>;
