import {
  ARTICLES,
  BEFORE_VERBS,
  CIRCUMSTANCES,
  CUES,
  type Cue,
  type Idea,
  NEGATIONS,
  PREPOSITIONS,
  SOUND,
} from "./cues.ts";
import { CUES_ABROAD, CUES_UNSPACED } from "./cues-abroad.ts";
import { kept, once } from "./kept.ts";
import type { Sentence } from "./reading.ts";
import { fold, isPunctuation, isSlip, stem, type Word, wordsIn } from "./words.ts";

/**
 * Where a cue stands. `lead`: the verb that says what is wanted. `head`: the thing that the verb is about. `object`: what tells more of it. `plain`: in a first sentence that asks for
 * nothing. `title`: elsewhere in the first sentence. `body`: in a later one.
 */
export type Place = "lead" | "head" | "object" | "plain" | "title" | "body";

export interface Sighting {
  readonly idea: Idea;
  readonly place: Place;
  /** What was written. */
  readonly word: string;
  /** What was meant, if it was mistyped. */
  readonly meant?: string;
  readonly at: number;
}

interface Entry {
  readonly idea: Idea;
  readonly stems: readonly string[];
  readonly english: boolean;
}

const ideas = Object.keys(CUES) as Idea[];
const listed = (text: string | undefined) =>
  (text ?? "")
    .split(",")
    .map((cue) => cue.replace(/\s+/g, " ").trim())
    .filter(Boolean);
/** All cues, ready to be met. Made when a goal is first read: most starts of the program route nothing. */
const lexicon = once(() => {
  const entries: Entry[] = [];
  const beginnings: { readonly idea: Idea; readonly start: string }[] = [];
  for (const idea of ideas) {
    for (const [english, cues] of [
      [true, CUES[idea].words],
      [false, CUES_ABROAD[idea]],
    ] as const)
      for (const cue of listed(cues))
        if (cue.endsWith("*")) beginnings.push({ idea, start: fold(cue.slice(0, -1)) });
        else entries.push({ idea, english, stems: wordsIn(fold(cue)).map((word) => word.stem) });
  }
  const unspaced = ideas.flatMap((idea) =>
    (CUES_UNSPACED[idea] ?? "")
      .split(" ")
      .filter(Boolean)
      .map((cue) => ({ idea, cue: fold(cue) })),
  );
  const spelled = [...new Set(ideas.flatMap((idea) => listed(CUES[idea].words)))].filter(
    (cue) => /^[a-z]{4,}$/.test(cue) && !SOUND.has(cue),
  );
  return { beginnings, unspaced, spelled, byStem: grouped(entries) };
});
const beginningsOf = kept((letters: string) => lexicon().beginnings.filter(({ start }) => start.startsWith(letters)));

function grouped(all: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of all) groups.set(entry.stems[0]!, [...(groups.get(entry.stems[0]!) ?? []), entry]);
  return groups;
}

const isVerb = (idea: Idea): boolean => (CUES[idea] as Cue).verb === true;

interface Found {
  readonly idea: Idea;
  readonly at: number;
  readonly length: number;
  readonly english?: boolean;
  readonly word: string;
  readonly meant?: string;
}

/** Every cue of a sentence that is not denied, each in its place. */
export function sightingsIn(sentence: Sentence, first: boolean): Sighting[] {
  const { words } = sentence;
  const found = cuesIn(words);
  const heard = found.filter(
    ({ at, idea }) => idea === "planned" || idea === "fault" || idea === "expected" || !isDenied(words, at),
  );
  const lead = heard.find((cue) => isLead(cue, words));
  const end = lead ? objectEnd(words, lead.at + lead.length) : 0;
  const sightings = heard.map(({ idea, at, word, meant, length }): Sighting => {
    const isIt = lead !== undefined && at === lead.at && isVerb(idea);
    const inObject = lead !== undefined && at >= lead.at + lead.length && at + length <= end;
    const kept =
      idea === "whole" &&
      (isThere(words, at) ||
        heard.some(
          (other) =>
            (other.idea === "part" || other.idea === "slight") &&
            other.at > at &&
            other.at + other.length <= (lead ? end : at + 4),
        ));
    const place: Place = !first
      ? "body"
      : isIt
        ? "lead"
        : kept
          ? "title"
          : lead === undefined
            ? "plain"
            : inObject
              ? at + length === end
                ? "head"
                : "object"
              : "title";
    return { idea, place, word, at, ...(meant !== undefined && { meant }) };
  });
  const places = unspacedIn(sentence.text, first);
  return [...sightings, ...places];
}

/** The cue that a word was meant to be. */
const meantBy = kept((word: string) =>
  lexicon().spelled.find((cue) => Math.abs(cue.length - word.length) <= 2 && isSlip(word, cue)),
);

function cuesIn(words: readonly Word[]): Found[] {
  const found: Found[] = [];
  for (const [at, word] of words.entries()) {
    const before = found.length;
    for (const { idea, stems, english } of lexicon().byStem.get(word.stem) ?? [])
      if (stems.every((root, next) => words[at + next]?.stem === root))
        found.push({
          idea,
          at,
          english,
          length: stems.length,
          word: words
            .slice(at, at + stems.length)
            .map(({ text }) => text)
            .join(" "),
        });
    if (word.text.length < 3) continue;
    for (const { idea, start } of beginningsOf(word.text.slice(0, 2)))
      if (word.text.startsWith(start)) found.push({ idea, at, length: 1, word: word.text });
    if (found.length > before || word.text.length < 4 || SOUND.has(word.text) || !/^[a-z]+$/.test(word.text)) continue;
    const meant = meantBy(word.text);
    if (meant !== undefined)
      for (const { idea, stems } of lexicon().byStem.get(stem(meant)) ?? [])
        if (stems.length === 1) found.push({ idea, at, length: 1, word: word.text, meant });
  }
  // The longest reading of a place stands: "end to end" holds no end, "quick fix" no repair.
  return found.filter(
    (one) =>
      !found.some(
        (other) => other.length > one.length && other.at <= one.at && other.at + other.length >= one.at + one.length,
      ),
  );
}

function isDenied(words: readonly Word[], at: number): boolean {
  for (let back = at - 1; back >= 0 && back >= at - 4; back--) {
    const word = words[back]!;
    if (isPunctuation(word) || word.text === "but" || word.text === "only" || word.text === "just") return false;
    if (NEGATIONS.has(word.text)) return true;
  }
  return false;
}

/** A verb that asks: not told of a circumstance ("crashes when I add …"), not a thing ("the fix"), not past. */
function isLead({ idea, at, word, english }: Found, words: readonly Word[]): boolean {
  if (!isVerb(idea)) return false;
  const before = words[at - 1];
  if (before && ARTICLES.has(before.text)) return false;
  if (english && before && !isPunctuation(before) && !BEFORE_VERBS.has(before.text)) return false;
  if (/^(is|are|was|were|has|does|doesn't|isn't|fails?|breaks?)$/.test(words[at + 1]?.text ?? "")) return false;
  if (/(ed|ing|s)$/.test(word) && at > 1 && /^[a-z]+$/.test(word) && !/ss$|ess$/.test(word)) return false;
  for (let back = at - 1; back >= 0; back--) {
    if (CIRCUMSTANCES.has(words[back]!.text)) return false;
    if (isPunctuation(words[back]!)) break;
  }
  return true;
}

/** "The app", "our platform": it exists, and is not what is to be made. */
function isThere(words: readonly Word[], at: number): boolean {
  const before = words.slice(Math.max(0, at - 2), at).map(({ text }) => text);
  return (
    before.some((word) => /^(the|this|our|my|their|your|existing|current)$/.test(word)) &&
    !before.some((word) => /^(whole|entire|complete|own)$/.test(word))
  );
}

function objectEnd(words: readonly Word[], from: number): number {
  let end = from;
  while (end < words.length && !PREPOSITIONS.has(words[end]!.text) && !isPunctuation(words[end]!)) end++;
  return end;
}

function unspacedIn(text: string, first: boolean): Sighting[] {
  if (!/[\u3040-\u30ff\u3400-\u9fff]/.test(text)) return [];
  const found = lexicon().unspaced.filter(({ cue }) => text.includes(cue));
  const verbs = found.filter(({ idea }) => isVerb(idea));
  return found.map(({ idea, cue }): Sighting => {
    const place: Place = !first ? "body" : isVerb(idea) ? "lead" : verbs.length > 0 ? "object" : "plain";
    return { idea, place, word: cue, at: text.indexOf(cue) };
  });
}
