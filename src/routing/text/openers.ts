import { OPENERS } from "../fitted/openers.ts";
import { fold, wordsIn } from "./words.ts";

let openers: ReadonlySet<string> | undefined;

/** Whether goals often begin with this word. The table is read when the first goal is. */
export function isOpener(word: string | undefined): boolean {
  openers ??= new Set(OPENERS.trim().split(/\s+/));
  return word !== undefined && openers.has(word);
}

/** Whether a text begins as goals begin, and so asks for work of its own. */
export const opensAsGoal = (text: string): boolean => isOpener(wordsIn(fold(text.slice(0, 80)))[0]?.text);
