import { excerptValue } from "../../model/text/truncate.ts";
import { orchestrationState } from "../../session/orchestration.ts";
import { stateOf } from "../../session/states.ts";
import type { App } from "../app.ts";
import { describe } from "../run/runs.ts";
import type { KnownSession } from "./known-sessions.ts";
import { templateNameOf } from "./routable-templates.ts";

/** Bounds of the state, in characters and in entries. The run itself has everything. */
const MAX_OUTPUT_CHARACTERS = 400;
const MAX_AGENTS_LISTED = 50;

/** The `orchestration_state` of a session: its routing, agents, checkpoints and failures. */
export async function orchestrationOf({ session, run }: KnownSession, app: App) {
  const status = run && (await describe(run, app)).status;
  const state = stateOf(session, status);
  const whole = orchestrationState(session, state, templateNameOf(session.label), run);
  const states = whole.agent_states.slice(-MAX_AGENTS_LISTED);
  return {
    ...whole,
    ...(status === "damaged" && { status }),
    agent_states: states.map((one) => ({
      ...one,
      ...("output" in one && { output: excerptValue(one.output!, MAX_OUTPUT_CHARACTERS) }),
    })),
  };
}
