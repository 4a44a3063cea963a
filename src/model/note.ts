import { z } from "zod";

/** Notes of one message. */
export const MAX_NOTES = 20;
const MAX_NOTE_CHARACTERS = 4_000;

export const NOTE_KINDS = ["decision", "trap", "discovery"] as const;

/** What one worker tells others. Without `for`: those who work on direct dependents. */
export const Note = z.strictObject({
  text: z.string().min(1).max(MAX_NOTE_CHARACTERS),
  /** Ids of steps, roles such as `builder`, or everybody. */
  for: z.union([z.literal("all"), z.array(z.string().min(1).max(200)).min(1).max(50)]).optional(),
  kind: z.enum(NOTE_KINDS).optional(),
});
export type Note = z.infer<typeof Note>;

const NoteInput = z.union([
  z
    .string()
    .min(1)
    .max(MAX_NOTE_CHARACTERS)
    .transform((text): Note => ({ text })),
  Note,
]);

/** One note or a list, each text or `{text, for, kind}`. */
export const Notes = z.union([z.array(NoteInput).min(1).max(MAX_NOTES), NoteInput.transform((note) => [note])]);
