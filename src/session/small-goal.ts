import { readGoal } from "../routing/text/reading.ts";
import { isPunctuation } from "../routing/text/words.ts";

// Some goals are done sooner than a run of them is made. The rule is narrow on purpose: a run that was not needed costs a few calls, and work that
// should have been checked and is not costs more.

const MAX_CHARACTERS = 120;
/** With a file named, and without. */
const MAX_WORDS = 14;
const MAX_WORDS_ALONE = 8;
const MAX_FILES = 2;

const EDITS =
  /^(?:(?:please|pls|just|can you|could you) )*(?:fix|correct|update|bump|change|replace|reword|remove|delete|add) /;
/** What can be edited without thinking about anything else. */
const TRIVIAL =
  /\b(?:typos?|misspell\w*|spelling|wording|(?:trailing )?white ?space|indentation|punctuation|(?:a |the |missing |trailing )(?:comma|semicolon|newline|full stop)|copyright(?: year)?|the year|(?:the|our) version(?: number)?|(?:the|a) (?:heading|caption|badge))\b/;
/** It says that there is more to it. */
const MORE =
  /\b(?:and|then|also|all|every\w*|each|across|throughout|plus|unless|if|when|why|how|because|after|before|bugs?|tests?|fails?|breaks?|crash\w*|errors?|release|deploy\w*|publish)\b|[?;,]/;

const FILE = /^[^`]+\.\w{1,8}$|^\.\w+$|^Dockerfile$|^Makefile$/;

/** Whether a goal is one obvious chore: an edit of something trivial, in a file that it names or in a few words. */
export function isChore(goal: string): boolean {
  if (goal.length > MAX_CHARACTERS || goal.trim().includes("\n")) return false;
  const { sentences, items, trace, names } = readGoal(goal);
  const [only, ...others] = sentences;
  if (!only || others.length > 0 || items.length > 0 || trace) return false;
  const words = only.words.filter((word) => !isPunctuation(word)).length;
  // A name of code may stand in many places.
  if (names.some((name) => !FILE.test(name))) return false;
  const files = new Set(names).size;
  if (words > (files > 0 ? MAX_WORDS : MAX_WORDS_ALONE) || files > MAX_FILES) return false;
  return EDITS.test(only.text) && TRIVIAL.test(only.text) && !MORE.test(only.text);
}
