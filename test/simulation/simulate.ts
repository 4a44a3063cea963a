import { violations } from "./invariants.ts";
import { play } from "./play.ts";
import { type Action, type Scenario, scenarioOf } from "./scenario.ts";

/** A scenario in which something did not hold. */
export interface Failure {
  readonly scenario: Scenario;
  readonly violations: readonly string[];
  /** What happened, in order: faults, requests and their answers, then the journal. */
  readonly history: readonly string[];
}

/** Plays one scenario. */
export async function failureOf(scenario: Scenario): Promise<Failure | undefined> {
  const played = await play(scenario);
  const found = violations(scenario, played);
  if (found.length === 0) return undefined;
  const journal = played.started === undefined ? [] : played.disk.events(played.started);
  return { scenario, violations: found, history: [...played.log, ...journal.map((event) => JSON.stringify(event))] };
}

/**
 * Plays the scenario of a seed. If something does not hold, returns the shortest scenario found in which that is so.
 */
export async function simulate(seed: number): Promise<Failure | undefined> {
  let failure = await failureOf(scenarioOf(seed));
  for (let at = 0; failure && at < failure.scenario.actions.length; ) {
    const { actions } = failure.scenario;
    const fewer: readonly Action[] = actions.filter((_, index) => index !== at);
    const shorter = await failureOf({ ...failure.scenario, actions: fewer });
    if (shorter) failure = shorter;
    else at++;
  }
  return failure;
}

/** A failure as text, for a terminal or a test. */
export const describeFailure = ({ scenario, violations, history }: Failure): string =>
  [`seed ${scenario.seed}:`, ...violations.map((one) => `- ${one}`), JSON.stringify(scenario), ...history].join("\n");
