import { z } from "zod";
import { attempt, event } from "../../model/event.ts";
import { CheckResult } from "../../model/evidence.ts";
import type { RunState } from "../../model/run-state.ts";
import { keyOf } from "../state/checks.ts";
import type { Feature } from "../state/feature.ts";
import { LIVE, unchanged } from "../state/transitions.ts";

/** How the checks of a delivery went. It stands before the event that says what follows. */
const checksRan = event("checks_ran", { ...attempt, checks: z.array(CheckResult).min(1) });

/** A command that passed on a tree of the work tree. */
interface Pass {
  readonly tree: string;
  /** The command and its directory. */
  readonly key: string;
}

declare module "../../model/event.ts" {
  interface FeatureEvents {
    checks_ran: z.infer<typeof checksRan>;
  }
}
declare module "../../model/run-state.ts" {
  interface FeatureState {
    /** The latest passes of commands, the oldest first. */
    passes: readonly Pass[];
  }
}

/** Each delivery keeps how its checks went, and no command that passed runs again on the same tree (SEMANTICS §7). */
export const checkResults: Feature = {
  events: {
    checks_ran: {
      schema: checksRan,
      runStatuses: LIVE,
      moves: unchanged("reported"),
      fold(_plan, state, index, { checks }) {
        const step = state.steps[index]!;
        step.checks = checks;
        // Others may have changed the files since the tree was taken.
        if (step.rechecking === undefined) rememberPasses(state, step.treeDelivered, checks);
      },
    },
  },
  afterStep(_plan, state, _index, event) {
    if (event.type === "baseline_taken") rememberPasses(state, event.tree, event.checks);
  },
  initial: () => ({ passes: [] }),
};

/** How many passes a run remembers. Trees change all the time, so the latest matter. */
const MAX_PASSES = 200;

/** Remembers what passed on a tree. What failed or is unknown runs again, whatever the tree. */
function rememberPasses(state: RunState, tree: string | undefined, checks: readonly CheckResult[]): void {
  if (tree === undefined) return;
  const passed = checks
    .filter(({ outcome, reused, check }) => outcome === "passed" && !reused && isReusable(check))
    .map((check): Pass => ({ tree, key: keyOf(check) }));
  if (passed.length > 0) state.passes = [...state.passes, ...passed].slice(-MAX_PASSES);
}

/** The commands that have passed on a tree, by their keys. */
export function passesOn(state: RunState, tree: string | undefined): ReadonlySet<string> {
  return new Set(state.passes.filter((pass) => pass.tree === tree).map(({ key }) => key));
}

/** Whether the outcome depends on the files alone: it is a command, and does not read what was delivered. */
const isReusable = (check: string): boolean => !check.startsWith("file ") && !readsDelivery(check);

/** Whether a command reads the output that was delivered. */
export const readsDelivery = (check: string): boolean => check.includes("BATON_DELIVERED");
