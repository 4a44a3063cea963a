import { featureTable } from "../state/feature.ts";
import { concurrency } from "./concurrency.ts";
import { expansion } from "./expansion.ts";
import { notes } from "./notes.ts";
import { questions } from "./questions.ts";
import { riskyCheckpoints } from "./risky-checkpoints.ts";
import { toldRoles } from "./told-roles.ts";

/** The capabilities of a run, one file each. Facts that must come before a start come in this order. */
export const FEATURE_LIST = [concurrency, questions, notes, expansion, riskyCheckpoints, toldRoles] as const;

/** The rules that every run is played by. */
export const FEATURES = featureTable(FEATURE_LIST);
