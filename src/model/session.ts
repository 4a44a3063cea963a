import { z } from "zod";
import { SessionId } from "./ids.ts";
import { Assessment, Routing } from "./routing.ts";
import { JsonRecord } from "./workflow.ts";

/** The states of a session (seed 001). */
export const SESSION_STATES = ["IDLE", "PLANNING", "EXECUTING", "PAUSED", "COMPLETED", "FAILED"] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** `implicit`: it starts by itself. `explicit`: the routing is shown, and waits to be confirmed. */
export const SESSION_MODES = ["implicit", "explicit"] as const;

const instant = z.number().int().nonnegative();
const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ at: instant, type: z.literal(type), ...shape });
const parameters = JsonRecord;

/** Everything that happens to a session itself. That it was started, and what became of it, is in the journal of its run. */
export const SessionEvent = z.discriminatedUnion("type", [
  event("session_opened", {
    sessionId: SessionId,
    goal: z.string(),
    /** The directory of the project. */
    cwd: z.string(),
    mode: z.enum(SESSION_MODES),
    routing: Routing,
    assessment: Assessment.optional(),
    /** What the caller demanded, whatever the routing says. */
    chosen: z.string().optional(),
    /** What the caller gave: it goes before what was read out of the goal. */
    parameters,
    /** The project's own checks, and what was learned from earlier sessions on goals like this. */
    checks: z.array(z.string()),
    learnings: z.array(z.string()),
  }),
  /** Before it was started, somebody said what the goal is to become instead, or gave what was missing. */
  event("session_corrected", {
    label: z.string().optional(),
    parameters,
    reason: z.string().optional(),
    /** Whether goals like this one follow it too. Absent: it is for this session alone. */
    lasting: z.literal(true).optional(),
  }),
  /** After it was started, somebody said what it should have become: the next goal like it will. */
  event("session_judged", { label: z.string(), reason: z.string().optional() }),
  event("session_finished", {}),
]);
export type SessionEvent = z.infer<typeof SessionEvent>;
export type SessionEventOf<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>;

/** Where sessions are kept: of each a short journal that is only appended to, so no two processes can undo each other's word. */
export interface Sessions {
  /** False: there is one of that id already, and it is left as it is. */
  open(opened: SessionEventOf<"session_opened">): boolean;
  append(sessionId: string, event: SessionEvent): void;
  /** `undefined`: there is none, or nothing of it can be read. */
  read(sessionId: string): readonly SessionEvent[] | undefined;
  /** Ids of all sessions, the newest first. */
  list(): string[];
}
