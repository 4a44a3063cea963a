import type { RouteContext } from "../model/routing.ts";
import type { Evidence } from "./evidence.ts";
import { fold, isPunctuation, likeness, topicOf, wordsIn } from "./words.ts";

/** A correction of the same goal outweighs all words; one of a goal that is merely alike says less the less it is. */
const CORRECTED = 10;
const ALIKE = 0.5;
const SAME_PLAN = 0.6;
const SAME_WORDS = 0.7;
const PLANNED = 10;
const TASKS_GIVEN = 10;
const TASKS_NAMED = 8;
/** More of what is remembered is not looked through: the newest come first. */
const MOST_REMEMBERED = 500;

export interface Remembered {
  readonly evidence: readonly Evidence[];
  readonly planId?: string;
  /** Known tasks that the goal names or asks for. */
  readonly tasks: readonly string[];
}

/** What is known besides the goal: plans, tasks, and what people said of goals like it. */
export function remember(goal: string, context: RouteContext, labels: readonly string[]): Remembered {
  const topic = topicOf(goal);
  const evidence: Evidence[] = correctionsOf(goal, topic, context, labels);
  const plan = planFor(goal, topic, context);
  if (plan)
    evidence.push({
      name: "plan",
      value: plan.likeness,
      because: `plan ${plan.id} is for this goal`,
      weights: { build_only: PLANNED },
    });
  const given = context.tasks ?? [];
  if (given.length >= 2)
    evidence.push({
      name: "tasks",
      value: 1,
      because: `${given.length} tasks were given`,
      weights: { multi_task: TASKS_GIVEN },
    });
  const known = given.length >= 2 ? [] : backlogIn(goal, topic, context.backlog ?? []);
  if (known.length >= 2)
    evidence.push({
      name: "backlog",
      value: 1,
      because: `it speaks of ${known.length} tasks of the backlog`,
      weights: { multi_task: TASKS_NAMED },
    });
  return {
    evidence,
    tasks: given.length >= 2 ? given : known.length >= 2 ? known : [],
    ...(plan && { planId: plan.id }),
  };
}

/** For each label its strongest; an older one that a newer, no less fitting one contradicts is forgotten. */
function correctionsOf(
  goal: string,
  topic: ReadonlySet<string>,
  { corrections }: RouteContext,
  labels: readonly string[],
): Evidence[] {
  const strongest = new Map<string, { share: number; goal: string }>();
  let newer = 0;
  let newest: string | undefined;
  for (const correction of corrections.slice(-MOST_REMEMBERED).reverse()) {
    if (!labels.includes(correction.label)) continue;
    const share =
      fold(correction.goal).trim() === fold(goal).trim() ? 1 : likeness(topic, topicOf(correction.goal)) * 0.98;
    const contradicted = newest !== undefined && newest !== correction.label && share <= newer + 0.05;
    if (share < ALIKE || contradicted) continue;
    if (share >= newer) [newer, newest] = [share, correction.label];
    if (share > (strongest.get(correction.label)?.share ?? 0))
      strongest.set(correction.label, { share, goal: correction.goal });
  }
  return [...strongest].map(([label, { share, goal: other }]) => ({
    name: `correction.${label}`,
    value: share >= 0.9 ? 1 : share ** 3,
    because: `somebody said ${label} of ${share === 1 ? "this goal" : `a goal like it, ${JSON.stringify(other.slice(0, 60))}`}`,
    weights: { [label]: CORRECTED },
  }));
}

function planFor(
  goal: string,
  topic: ReadonlySet<string>,
  { plans }: RouteContext,
): { readonly id: string; readonly likeness: number } | undefined {
  const words = new Set(goal.split(/[\s"'`,;:()]+/));
  const named = plans.find(({ id }) => words.has(id) || words.has(`${id}.`));
  if (named) return { id: named.id, likeness: 1 };
  const alike = plans
    .slice(-MOST_REMEMBERED)
    .map((plan) => ({
      id: plan.id,
      likeness:
        plan.goal.trim() !== "" && fold(plan.goal).trim() === fold(goal).trim()
          ? 1
          : sameAsk(goal, plan.goal) * likeness(topic, topicOf(plan.goal)),
    }))
    .sort((one, other) => other.likeness - one.likeness)[0];
  return alike && alike.likeness >= SAME_PLAN ? alike : undefined;
}

/** A plan is for what it was asked for: who wants the same thing removed, renamed or explained wants something else. */
function sameAsk(goal: string, other: string): number {
  // Scripts without spaces are compared by their letters alone.
  if (/[\u3040-\u30ff\u3400-\u9fff]/.test(goal)) return 1;
  const [here, there] = [goal, other].map((text) =>
    wordsIn(fold(text))
      .filter((word) => !isPunctuation(word))
      .map(({ stem }) => stem),
  );
  if (here![0] !== there![0]) return 0;
  const known = new Set(there);
  const shared = [...new Set(here)].filter((word) => known.has(word)).length;
  return shared / new Set([...here!, ...there!]).size >= SAME_WORDS ? 1 : 0;
}

const OF_BACKLOG = /\b(?:backlog|open tasks|remaining tasks|next (?:\w+ )?tasks|all tasks|open tickets)\b/;
const COUNTS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

function backlogIn(goal: string, topic: ReadonlySet<string>, backlog: readonly string[]): string[] {
  const folded = fold(goal);
  const named = backlog.slice(0, MOST_REMEMBERED).filter((title) => {
    const words = topicOf(title);
    return (
      words.size > 0 &&
      (folded.includes(fold(title)) || (words.size >= 3 && [...words].every((word) => topic.has(word))))
    );
  });
  if (named.length >= 2) return named;
  if (!OF_BACKLOG.test(folded)) return [];
  const count = /\b(?:next|first|top) (\d+|\p{L}+)\b/u.exec(folded)?.[1];
  const wanted = count === undefined ? 0 : COUNTS.includes(count) ? COUNTS.indexOf(count) : Number(count);
  return backlog.slice(0, wanted > 0 ? wanted : backlog.length);
}
