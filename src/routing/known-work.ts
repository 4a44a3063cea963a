import type { RouteContext } from "../model/routing.ts";
import type { Evidence } from "./classify.ts";
import { fold, isPunctuation, likeness, topicOf, wordsIn } from "./text/words.ts";

const WEIGHT_OF_PLAN = 10;
const WEIGHT_OF_TASKS = 10;
const WEIGHT_OF_BACKLOG = 8;
/** A plan is for this goal if the topics of both are so much alike, and so many of the words of both are the same. */
const MIN_LIKENESS = 0.6;
const MIN_SHARED_WORDS = 0.7;
const MAX_PLANS = 500;
const MAX_BACKLOG = 500;

/** Work that exists before the goal does: a plan for it, tasks that the caller named, tasks of the backlog. */
export interface KnownWork {
  readonly evidence: readonly Evidence[];
  readonly planId?: string;
  readonly tasks: readonly string[];
}

export function knownWorkFor(goal: string, { plans, tasks: given = [], backlog = [] }: RouteContext): KnownWork {
  const topic = topicOf(goal);
  const evidence: Evidence[] = [];
  const add = (label: string, weight: number, value: number, because: string) =>
    evidence.push({ value, because, weights: { [label]: weight } });
  const plan = planFor(goal, topic, plans);
  if (plan) add("build_only", WEIGHT_OF_PLAN, plan.likeness, `plan ${plan.id} is for this goal`);
  const isGiven = given.length >= 2;
  const named = isGiven ? [] : backlogIn(goal, topic, backlog);
  if (isGiven) add("multi_task", WEIGHT_OF_TASKS, 1, `the caller gave ${given.length} tasks`);
  if (named.length >= 2) add("multi_task", WEIGHT_OF_BACKLOG, 1, `it speaks of ${named.length} tasks of the backlog`);
  return {
    evidence,
    tasks: isGiven ? given : named.length >= 2 ? named : [],
    ...(plan && { planId: plan.id }),
  };
}

function planFor(
  goal: string,
  topic: ReadonlySet<string>,
  plans: RouteContext["plans"],
): { readonly id: string; readonly likeness: number } | undefined {
  const words = new Set(goal.split(/[\s"'`,;:()]+/));
  const named = plans.find(({ id }) => words.has(id) || words.has(`${id}.`));
  if (named) return { id: named.id, likeness: 1 };
  const alike = plans
    .slice(-MAX_PLANS)
    .map((plan) => ({
      id: plan.id,
      likeness:
        plan.goal.trim() !== "" && fold(plan.goal).trim() === fold(goal).trim()
          ? 1
          : asksTheSame(goal, plan.goal)
            ? likeness(topic, topicOf(plan.goal))
            : 0,
    }))
    .sort((one, other) => other.likeness - one.likeness)[0];
  return alike && alike.likeness >= MIN_LIKENESS ? alike : undefined;
}

/** A plan is for what it was asked for. A caller who wants the same thing removed, renamed or explained wants something else. */
function asksTheSame(goal: string, other: string): boolean {
  // Scripts without spaces are compared by their letters alone.
  if (/[\u3040-\u30ff\u3400-\u9fff]/.test(goal)) return true;
  const stemsOf = (text: string) =>
    wordsIn(fold(text))
      .filter((word) => !isPunctuation(word))
      .map(({ stem }) => stem);
  const [here, there] = [stemsOf(goal), stemsOf(other)];
  if (here[0] !== there[0]) return false;
  const known = new Set(there);
  const shared = [...new Set(here)].filter((word) => known.has(word)).length;
  return shared / new Set([...here, ...there]).size >= MIN_SHARED_WORDS;
}

const OF_BACKLOG = /\b(?:backlog|open tasks|remaining tasks|next (?:\w+ )?tasks|all tasks|open tickets)\b/;
const NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** The tasks of the backlog that a goal names by title, or by their number. */
function backlogIn(goal: string, topic: ReadonlySet<string>, backlog: readonly string[]): readonly string[] {
  const folded = fold(goal);
  const named = backlog.slice(0, MAX_BACKLOG).filter((title) => {
    const words = topicOf(title);
    return (
      words.size > 0 &&
      (folded.includes(fold(title)) || (words.size >= 3 && [...words].every((word) => topic.has(word))))
    );
  });
  if (named.length >= 2) return named;
  if (!OF_BACKLOG.test(folded)) return [];
  const number = /\b(?:next|first|top) (\d+|\p{L}+)\b/u.exec(folded)?.[1];
  const wanted = number === undefined ? 0 : NUMBERS.includes(number) ? NUMBERS.indexOf(number) : Number(number);
  return backlog.slice(0, wanted > 0 ? wanted : backlog.length);
}
