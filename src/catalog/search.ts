import MiniSearch from "minisearch";
import type { CapabilityKind, CapabilityRecord } from "../model/capability.ts";
import type { MatchReason, SearchField, SearchHit } from "../model/contracts/catalog.ts";
import { slugOf } from "./text.ts";
import { FIELDS, isOffered, textsIn, WEIGHTS, wordsOf } from "./words.ts";

export type Search = (query: string, options?: { kind?: CapabilityKind; limit?: number }) => SearchHit[];

const MAX_HITS = 50;
const MAX_REASONS = 6;
/** A record whose name equals the query ranks above records that only mention it. */
const EXACT_NAME_FACTOR = 10;

/** Indexes records for search (BM25+) by whole words, prefixes, and long words with a typo. */
export function searchOver(records: readonly CapabilityRecord[]): Search {
  const index = new MiniSearch<{ id: number } & Record<SearchField, string>>({
    fields: [...FIELDS],
    tokenize: wordsOf,
    processTerm: (word) => word,
    searchOptions: {
      boost: { ...WEIGHTS },
      prefix: (word) => word.length >= 3,
      fuzzy: (word) => (word.length > 4 ? 0.2 : false),
      weights: { fuzzy: 0.3, prefix: 0.4 },
    },
  });
  index.addAll(
    records.flatMap((record, id) => {
      if (!isOffered(record)) return [];
      const text = (field: SearchField) => textsIn(record, field).join("\n");
      const [name, operations, tags, triggers, description] = FIELDS.map(text) as [
        string,
        string,
        string,
        string,
        string,
      ];
      return { id, name, operations, tags, triggers, description };
    }),
  );
  return (query, { kind, limit = MAX_HITS } = {}) => {
    const words = new Set(wordsOf(query));
    const slug = slugOf(query);
    const hits = index.search(query).flatMap(({ id, score, queryTerms, match }): (SearchHit & { at: number })[] => {
      const record = records[id]!;
      if (kind !== undefined && record.kind !== kind) return [];
      // Two of three words are worth more than one of them twice.
      const share = new Set(queryTerms).size / Math.max(1, words.size);
      const exact = record.slug === slug ? EXACT_NAME_FACTOR : 1;
      return [{ at: id, record, score: round(score * share * exact), reasons: reasonsOf(match, words) }];
    });
    // Equals keep the order of the records: the strongest first.
    hits.sort((a, b) => b.score - a.score || a.at - b.at);
    return hits.slice(0, limit).map(({ at: _, ...hit }) => hit);
  };
}

/** Words of the query first, then similar words. */
function reasonsOf(match: Readonly<Record<string, string[]>>, asked: ReadonlySet<string>): MatchReason[] {
  const reasons = Object.entries(match).map(([word, fields]) => ({ word, fields: fields as SearchField[] }));
  reasons.sort((a, b) => Number(asked.has(b.word)) - Number(asked.has(a.word)));
  return reasons.slice(0, MAX_REASONS);
}

const round = (score: number): number => Math.round(score * 100) / 100;
