import type { Assessment, COMPLEXITIES, Routing, WorkflowType } from "../model/routing.ts";
import { readGoal } from "../routing/text/reading.ts";

// How much work a goal is: how wide it reaches, how many files it names, and how much of it is unknown. The workflow that is chosen says nothing:
// a caller may have a large change built without a plan, and a small one with one.

/** It reaches many places, or changes how all of them are made. */
const WIDE =
  /\b(?:all|every|everything|everywhere|across|throughout|whole|entire|each of|migrat\w+|rewrit\w+|refactor\w*|restructur\w+|redesign\w*|port (?:it|the|our)|end[ -]to[ -]end)\b/g;
/** It makes something that others stand on, and that has many parts. */
const LARGE =
  /\b(?:platform|marketplace|from scratch|greenfield|ecosystem|suite of|micro-?services|multi-?tenan\w+|complete (?:system|app\w*|product)|(?:erp|crm|saas|mvp))\b/g;
/** It makes something new, rather than changing what is there; and what it makes has parts. */
const NEW =
  /^(?:please |we need |i need |can you |let's )*(?:build|create|develop|design|implement|introduce|integrate|add|make|set up|write)\b/;
const PARTS =
  /\b(?:system|service|application|app|engine|pipeline|dashboard|module|backend|frontend|api|portal|shop|store|website|sdk|plugin|integration|login|authentication|payments?|subscriptions?)\b/;
/** It says that something is not known yet. */
const UNKNOWN =
  /\b(?:not sure|unsure|unclear|unknown|somehow|maybe|perhaps|investigat\w+|figure out|find out|look into|research\w*|explor\w+|evaluat\w+|compar\w+|decide|which (?:one|approach|way)|intermittent\w*|flak\w+|sometimes|randomly|occasionally|no idea|why)\b/g;

const ONE_CHANGE = "build_only" satisfies WorkflowType;
const BEYOND_ONE_PLAN = "decompose_first" satisfies WorkflowType;
/** From so many points on. */
const HIGHEST: readonly (readonly [points: number, Routing["complexity"]])[] = [
  [5, "very_high"],
  [3, "high"],
  [1, "medium"],
  [0, "low"],
];

/** What makes a goal as complex as it is. Each counts in points. */
export interface Complexity {
  readonly complexity: (typeof COMPLEXITIES)[number];
  readonly points: { readonly scope: number; readonly files: number; readonly unknowns: number };
}

/** What is known of a goal besides its words. */
interface Known {
  /** How many tasks it is known to hold. */
  readonly tasks?: number | undefined;
  /** What its words alone say that it is, whatever it becomes. */
  readonly label?: string | undefined;
}

/** How complex a goal is. What the calling model says counts, since it may have looked at the project. */
export function complexityOf(
  goal: string,
  { tasks = 0, label = ONE_CHANGE }: Known,
  assessment?: Assessment,
): Complexity {
  const reading = readGoal(goal);
  const text = reading.sentences.map((sentence) => sentence.text).join(" ");
  const parts = Math.max(tasks, reading.items.length);
  const length = Math.max(
    reading.words,
    Math.round((reading.length * reading.words) / Math.max(1, reading.text.length)),
  );
  const points = {
    scope:
      steps(length, [60, 200]) +
      steps(parts, [2, 6, 12]) +
      (label === BEYOND_ONE_PLAN ? 3 : label === ONE_CHANGE ? 0 : 1) +
      (NEW.test(text) && PARTS.test(text) ? 1 : 0) +
      Math.min(2, 2 * differing(text, LARGE)) +
      Math.min(2, differing(text, WIDE)),
    files: steps(new Set(reading.names).size, [3, 8]),
    unknowns: Math.min(2, differing(text, UNKNOWN)) + (reading.trace ? 1 : 0),
  };
  const sum = points.scope + points.files + points.unknowns;
  const judged = HIGHEST.find(([from]) => sum >= from)![1];
  return { complexity: assessment?.complexity ?? judged, points };
}

/** How many of the limits a number reaches. */
const steps = (value: number, limits: readonly number[]): number => limits.filter((limit) => value >= limit).length;

/** How many different words of a kind a text holds. */
const differing = (text: string, kind: RegExp): number => new Set(text.match(kind)).size;
