import type { Routing } from "../model/routing.ts";
import { trimEnd } from "../model/text/trim-end.ts";
import { MAX_GOAL_CHARACTERS, type Reading } from "./text/reading.ts";
import { isEmpty, isVague } from "./text/vague.ts";

/** Below this share Baton asks which of the two best labels is meant; so it does if they are this close. */
const MIN_CONFIDENCE = 0.6;
const MIN_DISTANCE = 0.15;
/** One run holds so many tasks. */
export const MAX_TASKS = 100;

export type Decision = Pick<Routing, "decision" | "question">;

const ask = (question: string): Decision => ({ decision: "ask", question });

/** Asks back if a goal says too little to be anything. Such an answer has no confidence. */
export function askForGoal(reading: Reading): Decision | undefined {
  if (isEmpty(reading))
    return ask("What is to be done? Say it in a sentence: what should be there that is not, or what is wrong.");
  if (isVague(reading))
    return ask(
      `What about ${JSON.stringify(reading.text.trim().slice(0, 60))}? Say in a sentence what is to be done, and with what.`,
    );
  return undefined;
}

/** Asks back if a goal says too much for one run. */
export function askForLess({ length, text, items }: Reading): Decision | undefined {
  if (length > MAX_GOAL_CHARACTERS)
    return ask(
      `The goal has ${length} characters, of which Baton read the first ${text.length}. What is wanted, in a few sentences? Put the rest into a file and name it.`,
    );
  if (items.length > MAX_TASKS)
    return ask(
      `It lists ${items.length} things; at most ${MAX_TASKS} tasks fit into one run. Which of them come first? Put the rest into a file.`,
    );
  return undefined;
}

/** Asks which of two labels is meant. */
export const choose = (one: string, other: string): Decision => ({
  decision: "choose",
  question: `Is this ${one} or ${other}?`,
});

/** Asks which label is meant if neither is likely, or if the two best are close. @param ranked the likeliest first */
export function chooseIfClose(ranked: readonly (readonly [string, number])[]): Decision | undefined {
  const [[best, share], [second, next]] = ranked as [[string, number], [string, number]];
  return share < MIN_CONFIDENCE || share - next < MIN_DISTANCE ? choose(best, second) : undefined;
}

/** Asks for required parameters that have no value. */
export function askForMissing(label: string, missing: Routing["missing"]): Decision | undefined {
  if (missing.length === 0) return undefined;
  const wanted = missing.map(({ name, description }) =>
    description === undefined ? name : `${name} (${trimEnd(description, /[.\s]/)})`,
  );
  return ask(`${label} needs ${wanted.join(", ")}. What ${wanted.length === 1 ? "is it" : "are they"}?`);
}
