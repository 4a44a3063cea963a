import type { CapabilityRecord } from "../model/capability.ts";
import type { NeedsMatch, NeedsMatches, SearchField } from "../model/contracts/catalog.ts";
import { slugOf, textOf, unique } from "./text.ts";
import { FIELDS, isOffered, textsIn, wordsOf } from "./words.ts";

export type MatchNeeds = (needs: readonly string[]) => NeedsMatches;

/** Scores of a need: it equals a whole name or tag, or its words occur in one. */
const EXACT_MATCH_SCORES: Readonly<Record<SearchField, number>> = {
  name: 10,
  operations: 9,
  tags: 8,
  triggers: 7,
  description: 2,
};
const WORD_MATCH_SCORES: Readonly<Record<SearchField, number>> = {
  name: 6,
  operations: 5,
  tags: 5,
  triggers: 5,
  description: 2,
};

const MAX_NEAREST_MATCHES = 5;

interface Prepared {
  readonly record: CapabilityRecord;
  readonly whole: ReadonlyMap<string, SearchField>;
  readonly words: ReadonlyMap<SearchField, ReadonlySet<string>>;
}

/** Indexes records, and returns a function that finds those that meet given needs. */
export function needsOver(records: readonly CapabilityRecord[]): MatchNeeds {
  const prepared = records.filter(isOffered).map(prepare);
  return (given) => {
    const needs = unique(given.map(textOf).filter((need) => need !== undefined));
    if (needs.length === 0) return { covering: [], nearest: [] };
    const matches = prepared.map((one) => match(one, needs)).filter(({ score }) => score > 0);
    // The sort keeps the order of equals: the strongest record first.
    matches.sort((a, b) => a.lacks.length - b.lacks.length || b.score - a.score || priority(b) - priority(a));
    const covering = matches.filter(({ lacks }) => lacks.length === 0);
    return { covering, nearest: covering.length > 0 ? [] : matches.slice(0, MAX_NEAREST_MATCHES) };
  };
}

const priority = ({ record }: NeedsMatch): number => record.priority;

function prepare(record: CapabilityRecord): Prepared {
  const whole = new Map<string, SearchField>();
  const words = new Map<SearchField, ReadonlySet<string>>();
  for (const field of FIELDS) {
    const texts = textsIn(record, field);
    if (field !== "description") for (const text of texts) if (!whole.has(slugOf(text))) whole.set(slugOf(text), field);
    words.set(field, new Set(texts.flatMap(wordsOf).map(singular)));
  }
  return { record, whole, words };
}

function match({ record, whole, words }: Prepared, needs: readonly string[]): NeedsMatch {
  const covers: { need: string; field: SearchField }[] = [];
  const lacks: string[] = [];
  let score = 0;
  for (const need of needs) {
    const equal = whole.get(slugOf(need));
    const parts = wordsOf(need).map(singular);
    const field =
      equal ?? FIELDS.find((field) => parts.length > 0 && parts.every((part) => words.get(field)!.has(part)));
    if (field === undefined) lacks.push(need);
    else {
      covers.push({ need, field });
      score += equal === undefined ? WORD_MATCH_SCORES[field] : EXACT_MATCH_SCORES[field];
    }
  }
  return { record, score, covers, lacks };
}

/** `tests` and `test`, `queries` and `query`. Words as short as `css` stay as they are. */
const singular = (word: string): string =>
  word.length > 3 ? word.replace(/ies$/, "y").replace(/([^s])s$/, "$1") : word;
