import type { Assessment, Routing } from "../model/routing.ts";
import type { SESSION_MODES, SessionEvent, SessionEventOf } from "../model/session.ts";
import type { JsonObject } from "../model/workflow.ts";

/** What a caller said that the goal should become. */
interface Correction {
  readonly at: number;
  readonly label: string;
  readonly reason?: string;
  /** Whether goals like this one follow it too. */
  readonly lasting: boolean;
}

/** A session, folded from its journal. Instants in milliseconds since 1970. */
export interface Session {
  readonly sessionId: string;
  readonly goal: string;
  readonly cwd: string;
  readonly mode: (typeof SESSION_MODES)[number];
  readonly openedAt: number;
  /** The routing when the session was opened. It stays on the record, whatever came of it. */
  readonly routing: Routing;
  readonly assessment?: Assessment | undefined;
  readonly checks: readonly string[];
  readonly learnings: readonly string[];
  /** What the goal becomes now: a workflow type, or a template's name. */
  readonly label: string;
  /** Whether a caller said so, rather than the routing. */
  readonly demanded: boolean;
  /** The caller's parameters, and, under the routing's own label, the values read from the goal. */
  readonly parameters: JsonObject;
  readonly corrections: readonly Correction[];
  readonly finishedAt?: number;
  /** How the project was when the run started. */
  readonly start?: Pick<SessionEventOf<"session_started">, "code" | "problem">;
  /** The latest end of the session. */
  readonly finished?: Pick<SessionEventOf<"session_finished">, "at" | "work" | "problem">;
}

/** @param events a session's journal; the first event says what it is */
export function foldSession(events: readonly SessionEvent[]): Session | undefined {
  const [opened, ...rest] = events;
  if (opened?.type !== "session_opened") return undefined;
  const { type: _, at, chosen, parameters, ...kept } = opened;
  let demanded = chosen;
  let given = parameters;
  const corrections: Correction[] = [];
  let finishedAt: number | undefined;
  let start: Session["start"];
  let finished: Session["finished"];
  for (const event of rest) {
    switch (event.type) {
      case "session_corrected": {
        // Another template would refuse the parameters of this one, except those that every template takes.
        if (event.label !== undefined && event.label !== (demanded ?? kept.routing.label)) given = commonTo(given);
        given = { ...given, ...event.parameters };
        if (event.label === undefined) break;
        demanded = event.label;
        corrections.push(said(event.at, event.label, event.reason, event.lasting ?? false));
        break;
      }
      case "session_judged":
        corrections.push(said(event.at, event.label, event.reason, true));
        break;
      case "session_started":
        start = event;
        break;
      case "session_finished":
        finishedAt ??= event.at;
        finished = event;
        break;
    }
  }
  const label = demanded ?? kept.routing.label;
  const read = label === kept.routing.label ? kept.routing.parameters : {};
  return {
    ...kept,
    openedAt: at,
    label,
    demanded: demanded !== undefined,
    parameters: { ...read, ...given },
    corrections,
    ...(finishedAt !== undefined && { finishedAt }),
    ...(start && { start }),
    ...(finished && { finished }),
  };
}

const commonTo = ({ checks }: JsonObject): JsonObject => (checks === undefined ? {} : { checks });

const said = (at: number, label: string, reason: string | undefined, lasting: boolean): Correction => ({
  ...{ at, label, lasting },
  ...(reason !== undefined && { reason }),
});
