import { BULLET, type Listed, listIn } from "./lists.ts";
import { fold, type Word, wordsIn } from "./words.ts";

/** Routing reads so many characters of a goal. People say first what they want; material comes after it. */
export const MAX_READ_CHARACTERS = 3000;
/** A longer goal is a document. Baton asks what the caller wants, and its beginning suffices to ask well. */
export const MAX_GOAL_CHARACTERS = 20_000;
const DOCUMENT_READ_CHARACTERS = 200;
const MAX_WORDS = 350;

export interface Sentence {
  readonly text: string;
  readonly words: readonly Word[];
}

/** A goal taken apart: its sentences, its list and what stands in it literally. */
export interface Reading extends Listed {
  /** The characters that routing reads. */
  readonly text: string;
  /** Characters of the whole goal. */
  readonly length: number;
  /** The folded text without code, traces and quoted text. */
  readonly sentences: readonly Sentence[];
  readonly trace: boolean;
  /** The type of a commit message, or the tag of a ticket, at the beginning: "fix(auth): …", "[Bug] …". */
  readonly tag?: string;
  /** Names of code, files and addresses in it. */
  readonly names: readonly string[];
  readonly words: number;
}

const TRACE =
  /^\s*(?:at\s+\S+.*[(:]\d+|File ".*", line \d+|Traceback \(most recent|(?:[\w$]+\.)*[A-Z]\w*(?:Error|Exception)\b|panic:|goroutine \d+|thread '.*' panicked|error\[E\d+\]|error TS\d+|npm ERR!|Caused by:|Fatal error:|Segmentation fault|Unhandled|\s+\^+$)/;
const TAG =
  /^\s*(?:\[\s*(?<box>[\p{L} -]{2,20})\s*\][:\s]*|(?<commit>fix|feat|feature|chore|docs|style|refactor|perf|tests?|build|ci|revert|bug|hotfix|epic|story|spike|task|typo|bugfix|feature request|enhancement)(?:\([^)\n]{0,40}\))?!?:\s+)/iu;
const TICKET = /^\s*(?:(?:[A-Z][A-Z0-9]{1,9}-\d+|#\d+|GH-\d+)\s*[:–—-]*\s+)/;
/** Two tickets are a list, and not the name of one goal. */
const TICKETS = /^\s*(#\d+|[A-Z]{2,9}-\d+)[\s\S]*?(?!\1)(?:#\d+|\b[A-Z]{2,9}-\d+)/;
const QUOTED =
  /```[\s\S]*?(?:```|$)|`[^`\n]{1,200}`|"[^"\n]{1,200}"|“[^”\n]{1,200}”|„[^“”"\n]{1,200}[“”"]|«[^»\n]{1,200}»|「[^」\n]{1,200}」|『[^』\n]{1,200}』|(?<=^|[\s(:])'[^'\n]{1,120}'(?=$|[\s.,;:)!?])/gmu;
/** A path begins where no other path goes on, and has an end. Otherwise each of its characters would be tried as a beginning. */
const NAME =
  /https?:\/\/[^\s)]+|(?<![\w./-])[\w./-]*\/[\w./-]{1,300}\.\w{1,8}\b|\b[\w-]+\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|cs|php|c|h|cpp|swift|vue|css|scss|html?|json|ya?ml|toml|xml|sql|sh|md|lock|gradle|ini|env|conf|cfg|mjml|txt|csv)\b|\.(?:nvmrc|gitignore|env|editorconfig)\b|\b[a-z]+[a-z0-9]*[A-Z]\w+\b|\b[A-Z][a-z0-9]+[A-Z]\w+\b|\b\w+_\w+\b|\b\w+\(\)|\b(?:Dockerfile|Makefile|Podfile|Gemfile)\b/g;

const FILE = /(?:https?:\/\/[^\s)]+|(?<![\w/])[\w.-]*\/[\w./-]{1,300}\.\w{1,8}\b|(?<=^|\s)\/[\w/:{}.-]+)/gm;

export function readGoal(goal: string): Reading {
  // A list is taken whole: a caller never wants only the first ninety of the tasks.
  const cut = goal.length > MAX_READ_CHARACTERS && goal.length <= MAX_GOAL_CHARACTERS;
  const text = goal
    .slice(0, goal.length > MAX_GOAL_CHARACTERS ? DOCUMENT_READ_CHARACTERS : MAX_READ_CHARACTERS)
    .replace(/\r\n?/g, "\n");
  const tagged = TAG.exec(text.replace(TICKET, ""));
  const tag = (tagged?.groups?.box ?? tagged?.groups?.commit)?.toLowerCase();
  const trace = text.split("\n").some((line) => TRACE.test(line));
  const bare = bareOf(text, tagged !== null);
  const quoteless = bare
    .trim()
    .replace(QUOTED, (quote) => (quote.length > bare.trim().length - 3 ? quote : " § "))
    .replace(FILE, " § ");
  const list = listIn(cut ? bareOf(goal.replace(/\r\n?/g, "\n"), tagged !== null) : bare, tag);
  const sentences: Sentence[] = [];
  let words = 0;
  for (const sentence of sentencesIn(quoteless)) {
    const found = wordsIn(fold(sentence)).slice(0, MAX_WORDS - words);
    words += found.length;
    if (found.length > 0) sentences.push({ text: fold(sentence), words: found });
    if (words >= MAX_WORDS) break;
  }
  const named = [...(text.match(NAME) ?? []), ...(text.match(/`[^`\n]+`/g) ?? [])];
  return { text, length: goal.length, sentences, ...list, trace, ...(tag && { tag }), names: named, words };
}

/** The text without traces, and without the ticket and the tag at its beginning. */
function bareOf(text: string, tagged: boolean): string {
  const told = text
    .split("\n")
    .filter((line, at) => !TRACE.test(line) || (at === 0 && /\s\p{Ll}+\s+\p{Ll}+\s/u.test(line)))
    .join("\n");
  return (TICKETS.test(told) ? told : told.replace(TICKET, "")).replace(tagged ? TAG : /^(?!)/, "");
}

function sentencesIn(text: string): string[] {
  return text
    .split(/\n+|(?<=[.!?])\s+(?=[^a-z]|$)|(?<=[。！？])/u)
    .map((line) => line.replace(BULLET, "").trim())
    .filter((line) => /[\p{L}\p{N}§]/u.test(line));
}
