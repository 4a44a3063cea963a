import { z } from "zod";
import { attempt, type EventOf, event, instant } from "../../model/event.ts";
import { StepId } from "../../model/ids.ts";
import { equalJson } from "../../model/json.ts";
import { Note } from "../../model/note.ts";
import type { RunState } from "../../model/run-state.ts";
import type { Feature } from "../state/feature.ts";
import { LIVE, unchanged } from "../state/transitions.ts";

/** A note with who left it, and when. */
const LeftNote = Note.extend({
  ...attempt,
  agent: z.string(),
  worker: z.string().optional(),
  at: instant,
  /** It came with the delivery of the step. */
  delivered: z.boolean().optional(),
});
export type LeftNote = Readonly<z.infer<typeof LeftNote>>;

/** What the worker of a step tells others. It stands before the event of the delivery that it came with. */
const notesLeft = event("notes_left", {
  ...attempt,
  agent: z.string(),
  worker: z.string().optional(),
  notes: z.array(Note).min(1),
  /** They came with the delivery, or with its amendment, which replaces them. */
  with: z.enum(["delivery", "amendment"]).optional(),
});
/** Notes of the run that this one was forked from. */
const notesCopied = event("notes_copied", { step: StepId, notes: z.array(LeftNote).min(1) });

declare module "../../model/event.ts" {
  interface FeatureEvents {
    notes_left: z.infer<typeof notesLeft>;
    notes_copied: z.infer<typeof notesCopied>;
  }
}
declare module "../../model/run-state.ts" {
  interface FeatureState {
    /** All notes of the run, the oldest first. Restarts and restores keep them: they say what somebody found out. */
    notes: readonly LeftNote[];
  }
}

/** Workers leave notes for those who come after them. */
export const notes: Feature = {
  events: {
    notes_left: {
      schema: notesLeft,
      runStatuses: LIVE,
      // In `ready`: its lease expired, and nobody accepted it since. From `reported` on: its delivery is amended.
      moves: unchanged("assigned", "ready", "reported", "completed", "running"),
      fold: (_plan, state, _index, event) => foldNotes(state, event),
    },
    notes_copied: {
      schema: notesCopied,
      runStatuses: ["running"],
      moves: unchanged("pending", "ready"),
      fold(_plan, state, _index, { notes }) {
        state.notes = [...state.notes, ...notes].sort((one, other) => one.at - other.at);
      },
    },
  },
  initial: () => ({ notes: [] }),
  keptByFork(id, _step, state, until) {
    const left = state.notes.filter(({ step, at }) => step === id && at <= until);
    return left.length > 0 ? { type: "notes_copied", step: id, notes: left } : undefined;
  },
};

function foldNotes(
  state: RunState,
  { step, attempt, agent, worker, at, notes, with: came }: EventOf<"notes_left">,
): void {
  const left = notes.map(
    (note): LeftNote => ({
      ...note,
      ...{ step, attempt, agent, at },
      ...(worker !== undefined && { worker }),
      ...(came && { delivered: true }),
    }),
  );
  const isReplaced = (known: LeftNote) =>
    came === "amendment" && known.delivered && known.step === step && known.attempt === attempt;
  const kept = state.notes.filter((known) => !isReplaced(known));
  // A write that was torn behind these notes is made again with them.
  const own = kept.filter((known) => known.step === step && known.attempt === attempt);
  state.notes = [...kept, ...left.filter((note) => !own.some((known) => isSame(known, note)))];
}

const isSame = ({ at: _, ...known }: LeftNote, { at: __, ...note }: LeftNote): boolean => equalJson(known, note);
