import { type Assessment, type Routing, TEMPLATE_OF, WORKFLOW_TYPES } from "../model/routing.ts";

/** From this confidence on, or without one, the caller is believed against the classifier. */
const SURE = 0.8;
/** From this share on the classifier contradicts strongly. 98 of 100 such answers are right (docs/routing.md). */
const STRONG = 0.9;
const MAX_REASON_CHARACTERS = 200;

/** What the classifier, corrections and known work say together. */
export interface Prior {
  readonly label: string;
  readonly confidence: number;
  /** The label that a recorded correction of this same goal gives. */
  readonly ruling?: string;
}

export interface Combined {
  /** The label of the assessment; `undefined`: there is none that can be taken. */
  readonly label?: string;
  readonly assessed?: Routing["assessed"];
  readonly reason?: string;
  /** What contradicts the assessment so strongly that Baton asks. */
  readonly rival?: string;
}

/**
 * The assessment decides where there is one. The prior can only make Baton ask: if a recorded correction of this goal
 * gives another label, or if the classifier gives another one a share of 0.9 and the caller is less than 0.8 sure.
 */
export function combine(prior: Prior, assessment: Assessment | undefined, labels: readonly string[]): Combined {
  if (!assessment) return {};
  const { workflow, confidence, reason } = assessment;
  const label = labelOf(workflow, labels);
  if (label === undefined) {
    const name = JSON.stringify(workflow.slice(0, 80));
    return { reason: `The assessment says ${name}, which is no workflow type and no template; it does not count` };
  }
  const differs = prior.label !== label;
  const isStrong = differs && prior.confidence >= STRONG && (confidence ?? 1) < SURE;
  const rival =
    prior.ruling !== undefined && prior.ruling !== label ? prior.ruling : isStrong ? prior.label : undefined;
  const why = reason === undefined ? "" : `: ${reason.slice(0, MAX_REASON_CHARACTERS)}`;
  return {
    label,
    assessed: {
      label,
      ...(confidence !== undefined && { confidence }),
      ...(reason !== undefined && { reason }),
      differs,
    },
    reason: `the assessment says ${label}${differs ? `, where the rules say ${prior.label}` : ", as the rules do"}${why}`,
    ...(rival !== undefined && { rival }),
  };
}

/** A label by its name, its template's, or the first words of one label only; `_`, `-` and spaces are the same. */
function labelOf(name: string, labels: readonly string[]): string | undefined {
  const same = (text: string) => text.toLowerCase().replace(/[\s_-]+/g, "_");
  const started = labels.filter((label) => same(label).startsWith(`${same(name)}_`));
  return (
    labels.find((label) => same(label) === same(name)) ??
    WORKFLOW_TYPES.find((type) => same(TEMPLATE_OF[type]) === same(name)) ??
    (started.length === 1 ? started[0] : undefined)
  );
}
