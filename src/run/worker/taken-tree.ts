import type { Fact } from "../../model/event.ts";
import type { Changes } from "../../model/evidence.ts";
import type { Plan } from "../../model/plan.ts";
import type { RunState } from "../../model/run-state.ts";
import { isChecked } from "../state/checks.ts";
import { claimedFiles, type SeenFiles, unchangedClaims } from "./claims.ts";
import { completionFacts, deliversPlan, someOf } from "./complete-step.ts";
import { leaseExpiry } from "./lease.ts";

/** The work tree, as a doer took it for a step. */
export interface TakenForStep {
  readonly moment: "accept" | "delivery";
  /** Absent: Baton could not take it. */
  readonly tree?: string;
  /** What changed since the step was accepted first. Absent: there is nothing to compare with. */
  readonly changed?: SeenFiles & { readonly insertions: number; readonly deletions: number };
  /** Steps of other runs were in workers' hands in the same work tree. */
  readonly others: boolean;
}

/** How many changed files the journal names. */
const MAX_NAMED_FILES = 200;
/** How many claims a journal keeps that are not true. */
const MAX_UNCHANGED = 50;

/**
 * What follows once the work tree is taken. At a delivery: it goes back once if it names files that did not change; it
 * is done if Baton has nothing to check.
 */
export function factsOfTree(plan: Plan, state: RunState, index: number, taken: TakenForStep, now: number): Fact[] {
  const step = state.steps[index]!;
  const { moment, tree, changed, others } = taken;
  if (!state.treeing.has(index) || step.treeing !== moment) return [];
  const { id } = plan.workflow.steps[index]!;
  const of = { step: id, attempt: step.attempt };
  const shared = step.heldBesides === true || others;
  const changes = changed && changesOf(changed, shared);
  const unchanged =
    moment === "delivery" && changed
      ? unchangedClaims(claimedFiles(step.output), changed, state.cwd, shared).slice(0, MAX_UNCHANGED)
      : [];
  const facts: Fact[] = [
    {
      ...{ type: "tree_taken", ...of, moment },
      ...(tree !== undefined && { tree }),
      ...(changes && { changes }),
      ...(unchanged.length > 0 && { falseClaims: unchanged }),
    },
  ];
  if (moment === "accept" || state.stopping) return facts;
  if (unchanged.length > 0 && maySendBack(state, index, "files")) {
    const what = shared ? "does not exist" : "did not change since the step was accepted";
    const message = `the delivery names as changed what ${what}: ${someOf(unchanged)}. Deliver again with the files that changed, or the same again if you are sure.`;
    const expiresAt = leaseExpiry(plan, index, now);
    return [...facts, { type: "delivery_refused", ...of, why: "files", message, expiresAt }];
  }
  if (isChecked(plan, state, index) || deliversPlan(plan, state, index)) return facts;
  return [...facts, ...completionFacts(plan, state, index, { changes, unchanged }, facts.length)];
}

/** Whether a delivery may go back for this reason. The program of a runner has ended and could not correct it. */
export function maySendBack({ steps }: RunState, index: number, why: "files" | "plan"): boolean {
  const { refusals = [], lease } = steps[index]!;
  return !refusals.includes(why) && !lease?.runner;
}

function changesOf({ changed, insertions, deletions }: NonNullable<TakenForStep["changed"]>, shared: boolean): Changes {
  return {
    files: changed.slice(0, MAX_NAMED_FILES),
    ...(changed.length > MAX_NAMED_FILES && { total: changed.length }),
    ...{ insertions, deletions, shared },
  };
}
