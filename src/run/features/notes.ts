import { z } from "zod";
import { attempt, type EventOf, event } from "../../model/event.ts";
import { Note } from "../../model/note.ts";
import type { RunState } from "../../model/run-state.ts";
import type { Feature } from "../state/feature.ts";
import { LIVE, unchanged } from "../state/transitions.ts";

/** What the worker of a step tells others. It stands before the event of the delivery that it came with. */
const notesLeft = event("notes_left", {
  ...attempt,
  agent: z.string(),
  worker: z.string().optional(),
  notes: z.array(Note).min(1),
});

/** A note with who left it. */
export interface LeftNote extends Note {
  readonly step: string;
  readonly attempt: number;
  readonly agent: string;
  readonly worker?: string;
  readonly at: number;
}

declare module "../../model/event.ts" {
  interface FeatureEvents {
    notes_left: z.infer<typeof notesLeft>;
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
      moves: unchanged("assigned", "ready", "reported", "completed"),
      fold: (_plan, state, _index, event) => foldNotes(state, event),
    },
  },
  initial: () => ({ notes: [] }),
};

function foldNotes(state: RunState, { step, attempt, agent, worker, at, notes }: EventOf<"notes_left">): void {
  const left = notes.map(
    (note): LeftNote => ({
      ...note,
      ...{ step, attempt, agent, at },
      ...(worker !== undefined && { worker }),
    }),
  );
  state.notes = [...state.notes, ...left];
}
