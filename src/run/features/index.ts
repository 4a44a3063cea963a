import { featureTable } from "../state/feature.ts";
import { amending } from "./amending.ts";
import { baselines } from "./baselines.ts";
import { checkResults } from "./check-results.ts";
import { concurrency } from "./concurrency.ts";
import { expansion } from "./expansion.ts";
import { givenAnswers } from "./given-answers.ts";
import { notes } from "./notes.ts";
import { ownedTime } from "./owned-time.ts";
import { planApproval } from "./plan-approval.ts";
import { questions } from "./questions.ts";
import { rechecks } from "./rechecks.ts";
import { riskyCheckpoints } from "./risky-checkpoints.ts";
import { takeOver } from "./take-over.ts";
import { told } from "./told.ts";
import { workTrees } from "./work-trees.ts";

/** The capabilities of a run, one file each. Facts that must come before a start come in this order. */
export const FEATURE_LIST = [
  ...[
    concurrency,
    planApproval,
    questions,
    givenAnswers,
    notes,
    takeOver,
    amending,
    expansion,
    riskyCheckpoints,
    ownedTime,
    told,
  ],
  ...[baselines, workTrees, checkResults, rechecks],
] as const;

/** The rules that every run is played by. */
export const FEATURES = featureTable(FEATURE_LIST);
