import { costOf, type Flags } from "./backtracking.ts";

/** The result of applying a pattern to a text. */
export type MatchResult =
  | Matched
  /** The pattern is not applied to any text. `message` says why. */
  | PatternError
  /** The text is too long: `most` characters of it, or of its longest line, are allowed. */
  | { readonly kind: "too long"; readonly length: number; readonly line: boolean; readonly maxLength: number };

export type Matched = { readonly kind: "fits" } | { readonly kind: "differs" };

/** What is wrong with a pattern, whatever the text. */
export type PatternError =
  | { readonly kind: "invalid"; readonly message: string }
  | { readonly kind: "refused"; readonly message: string };

/** A pattern that may be applied to some texts. */
interface UsablePattern {
  readonly kind: "fit";
  readonly apply: RegExp;
}

const patterns = new Map<string, UsablePattern | PatternError>();

/**
 * Compiles a pattern and judges it. Everything that applies others' patterns to others' texts goes through `matched`.
 */
function patternOf(source: string, flags: Flags): UsablePattern | PatternError {
  const key = `${flags}/${source}`;
  const before = patterns.get(key);
  if (before) return before;
  if (patterns.size > 500) patterns.clear();
  const { refused, unparsed: unread } = costOf(source, flags);
  let pattern: UsablePattern | PatternError;
  try {
    // An oversized pattern is not even compiled.
    pattern =
      refused === undefined ? { kind: "fit", apply: new RegExp(source, flags) } : { kind: "refused", message: refused };
    if (unread && pattern.kind === "fit") pattern = { kind: "refused", message: "cannot be analysed" };
  } catch (error) {
    pattern = { kind: "invalid", message: (error as Error).message };
  }
  if (source.length <= MAX_CACHED_CHARACTERS) patterns.set(key, pattern);
  return pattern;
}

/** Longer patterns are refused at once, and would only fill the memory. */
const MAX_CACHED_CHARACTERS = 10_000;

/** What is wrong with a pattern as such. */
export function findPatternError(source: string, flags: Flags): PatternError | undefined {
  const pattern = patternOf(source, flags);
  return pattern.kind === "fit" ? undefined : pattern;
}

/** Applies a pattern to a text if the worst case is bearable: matching blocks everything else. */
export function matchPattern(source: string, text: string, flags: Flags): MatchResult {
  const pattern = patternOf(source, flags);
  if (pattern.kind !== "fit") return pattern;
  const { maxLength = Number.POSITIVE_INFINITY, acrossLines } = costOf(source, flags);
  if (text.length > maxLength) {
    // A pattern that stays within a line depends only on the longest line.
    const line = flags.includes("m") && !acrossLines;
    const length = line ? longestLine(text) : text.length;
    if (length > maxLength) return { kind: "too long", length, line, maxLength };
  }
  return pattern.apply.test(text) ? { kind: "fits" } : { kind: "differs" };
}

/** Why Baton would not apply a pattern to a text of this length. For patterns that a library applies itself. */
export function matchRefusal(source: string, length: number, flags: Flags): Exclude<MatchResult, Matched> | undefined {
  const pattern = patternOf(source, flags);
  if (pattern.kind !== "fit") return pattern;
  const { maxLength = Number.POSITIVE_INFINITY } = costOf(source, flags);
  return length <= maxLength ? undefined : { kind: "too long", length, line: false, maxLength };
}

/** Steps that the pattern takes on a text of this length in the worst case; 0 if it is not applied. */
export function matchingSteps(source: string, length: number, flags: Flags): number {
  const { refused, maxLength = Number.POSITIVE_INFINITY, factor, power } = costOf(source, flags);
  return refused === undefined && length <= maxLength ? factor * length ** power : 0;
}

/** Steps that judging and compiling a pattern takes. */
export function judgingSteps(source: string): number {
  return costOf(source, "u").work + costOf(source, "").work;
}

function longestLine(text: string): number {
  return text.split(/[\n\r\u2028\u2029]/).reduce((most, line) => Math.max(most, line.length), 0);
}
