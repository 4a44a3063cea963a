import { type Assessment, type RouteContext, TEMPLATE_OF, type Trust, WORKFLOW_TYPES } from "../model/routing.ts";
import { sharesOf } from "./evidence.ts";

/** Before anything is known, as if they had differed five times and the agent, which reads better than rules, had been right in three. */
const PRIOR: Trust = { agent: 3, rules: 2 };
const SURE = 0.8;
const WORTH = 8;
const WORTH_OF_TRUST = 3.2;

export interface Weighed {
  readonly shares: ReadonlyMap<string, number>;
  readonly assessed?: { label: string; confidence: number; reason?: string; differs: boolean; weight: number };
  readonly reason?: string;
}

/** How far an agent is to be believed where it contradicts the rules, as it was so far. */
export function trustIn(trust: Trust | undefined): number {
  const agent = PRIOR.agent + (trust?.agent ?? 0);
  return agent / (agent + PRIOR.rules + (trust?.rules ?? 0));
}

/**
 * What the rules and the agent say together. Its word is evidence like any other: it moves a label by what it has been worth so far, and strong
 * evidence (a correction, a plan, a list of tasks) still outweighs it.
 */
export function weigh(
  scores: ReadonlyMap<string, number>,
  temperature: number,
  assessment: Assessment | undefined,
  trust: RouteContext["trust"],
): Weighed {
  const shares = sharesOf(scores, temperature);
  if (!assessment) return { shares };
  const label = labelOf(assessment.workflow, [...scores.keys()]);
  if (label === undefined)
    return {
      shares,
      reason: `The agent says ${JSON.stringify(assessment.workflow.slice(0, 80))}, which is no workflow type and no template; it is not counted`,
    };
  const [best] = [...shares].sort(([, one], [, other]) => other - one)[0]!;
  const believed = trustIn(trust);
  const confidence = assessment.confidence ?? SURE;
  const weight = Math.max(0, confidence * (WORTH + WORTH_OF_TRUST * Math.log(believed / (1 - believed))));
  const moved = new Map([...scores].map(([one, score]) => [one, score / temperature + (one === label ? weight : 0)]));
  const differs = best !== label;
  const assessed = {
    label,
    confidence,
    ...(assessment.reason !== undefined && { reason: assessment.reason }),
    differs,
    weight: round(weight),
  };
  const words = differs ? `the agent says ${label}, where the rules say ${best}` : `the agent says ${label} too`;
  return {
    shares: sharesOf(moved, 1),
    assessed,
    reason: `${words}${assessment.reason ? `: ${assessment.reason.slice(0, 200)}` : ""} (+${round(weight)} ${label})`,
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** A label by its own name, its template's, or either written a little differently. */
export function labelOf(name: string, labels: readonly string[]): string | undefined {
  const same = (text: string) => text.toLowerCase().replace(/[\s_-]+/g, "_");
  return (
    labels.find((label) => same(label) === same(name)) ??
    WORKFLOW_TYPES.find((type) => same(TEMPLATE_OF[type]) === same(name))
  );
}
