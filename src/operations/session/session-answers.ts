import type { Routing } from "../../model/routing.ts";
import type { AssignmentView } from "../../model/view.ts";
import type { SessionSummary } from "../../session/summary.ts";
import type { ExecutingSession } from "./duplicate-goal.ts";
import type { SessionView } from "./session-view.ts";

/** An answer about one session. */
export type SessionAnswer = SessionView & {
  /** What the start of the run says of its workflow, such as who has taken over a role. */
  readonly warnings?: readonly string[];
  /** The session had started before this call. */
  readonly existing?: true;
  /** The first step, leased to the caller. */
  readonly assignments?: readonly AssignmentView[];
  /** Other sessions that execute the same goal now. */
  readonly alreadyExecuting?: readonly ExecutingSession[];
  readonly history?: readonly {
    readonly from: string;
    readonly to: string;
    readonly at: string;
    readonly why: string;
  }[];
  readonly orchestration_state?: object;
  /** What happened, once the session is finished. */
  readonly summary?: SessionSummary;
};

/** What a goal would become. */
export type RoutingAnswer = Routing & { readonly note?: string; readonly next: string };

/** What texts show of a routing: a goal's own, or that of a session. */
export interface ShownRouting {
  readonly label: string;
  /** `null`: the caller demanded it. */
  readonly confidence?: number | null | undefined;
  readonly complexity: string;
  readonly agents: readonly string[];
  /** Absent in answers that do not explain the routing. */
  readonly reasons?: readonly string[] | undefined;
  readonly alternatives?: Routing["alternatives"] | undefined;
  readonly missing?: readonly { readonly name: string }[] | undefined;
  readonly question?: string | undefined;
  readonly rules?: Routing["rules"];
  readonly assessed?: Routing["assessed"];
  readonly note?: string | undefined;
}

/** A goal that says too little. It opens no session. */
export type UnclearGoal = Routing & { readonly state: "IDLE"; readonly next: string };
