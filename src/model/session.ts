import { z } from "zod";
import { SessionId } from "./ids.ts";
import { Assessment, Routing } from "./routing.ts";
import { WorkSince, WorkTreeAt } from "./work-tree.ts";
import { JsonRecord } from "./workflow.ts";

/** The states of a session: those of seed 001, and CANCELLED. */
export const SESSION_STATES = ["IDLE", "PLANNING", "EXECUTING", "PAUSED", "COMPLETED", "FAILED", "CANCELLED"] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** `implicit`: it starts by itself. `explicit`: it shows the routing and waits for a confirmation. */
export const SESSION_MODES = ["implicit", "explicit"] as const;

const instant = z.number().int().nonnegative();
const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ at: instant, type: z.literal(type), ...shape });
const parameters = JsonRecord;

/** Everything that happens to a session itself. The journal of its run says that it started, and how it went. */
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
    /** The caller's parameters. They win over values read from the goal. */
    parameters,
    /** The project's own checks, and lessons of earlier sessions with similar goals. */
    checks: z.array(z.string()),
    learnings: z.array(z.string()),
  }),
  /** Before the start, a caller said what the goal becomes instead, or gave missing parameters. */
  event("session_corrected", {
    label: z.string().optional(),
    parameters,
    reason: z.string().optional(),
    /** Whether similar goals follow it too. Absent: it counts for this session alone. */
    lasting: z.literal(true).optional(),
  }),
  /** After the start, a caller said what the goal should have become. Similar goals will. */
  event("session_judged", { label: z.string(), reason: z.string().optional() }),
  /** The run is about to start. Of several such events the latest counts. */
  event("session_started", {
    /** The work tree of the project. Absent: it is in no git work tree, or git failed. */
    code: WorkTreeAt.optional(),
    /** Why git failed. */
    problem: z.string().optional(),
  }),
  /** Again, if its run went on after the session was finished. */
  event("session_finished", {
    /** What changed in the work tree since the start. */
    work: WorkSince.optional(),
    /** Why git does not tell what changed. */
    problem: z.string().optional(),
  }),
]);
export type SessionEvent = z.infer<typeof SessionEvent>;
export type SessionEventOf<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>;

/** Where sessions are stored. Each has a short append-only journal, so no process can undo what another wrote. */
export interface Sessions {
  /** False if a session of that id exists; it stays as it is. */
  open(opened: SessionEventOf<"session_opened">): boolean;
  append(sessionId: string, event: SessionEvent): void;
  /** `undefined` if there is none, or nothing of it can be read. */
  read(sessionId: string): readonly SessionEvent[] | undefined;
  /** Ids of all sessions, the newest first. */
  list(): string[];
}
