import { z } from "zod";
import { isRecord } from "./json.ts";

/** Notes of one message. */
export const MAX_NOTES = 20;
const MAX_NOTE_CHARACTERS = 4_000;

export const NOTE_KINDS = ["decision", "trap", "discovery"] as const;

/** What one worker tells others. Without `for`: those who work on direct dependents. */
export const Note = z.strictObject({
  text: z.string().min(1).max(MAX_NOTE_CHARACTERS),
  /** Ids of steps, roles such as `builder`, or everybody. */
  for: z.union([z.array(z.string().min(1).max(200)).min(1).max(50), z.literal("all")]).optional(),
  kind: z.enum(NOTE_KINDS).optional(),
});
export type Note = z.infer<typeof Note>;

/** One note or a list, each text or `{text, for, kind}`. One address needs no list. */
export const Notes = z.preprocess(asNotes, z.array(Note).min(1).max(MAX_NOTES));

function asNotes(given: unknown): unknown {
  if (given === undefined) return undefined;
  return (Array.isArray(given) ? given : [given]).map((one: unknown) => {
    if (typeof one === "string") return { text: one };
    if (!isRecord(one) || typeof one.for !== "string" || one.for === "all") return one;
    return { ...one, for: [one.for] };
  });
}
