import { distance } from "fastest-levenshtein";

/** Candidates beyond this number are ignored: a hint must not take a second. */
const MAX_CANDIDATES = 5000;

/** The known name that is closest to `name`; `undefined` if none is close enough to be a typo. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const lower = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.floor((name.length + 1) / 3) + 1; // a third of its characters may differ
  let seen = 0;
  for (const candidate of known) {
    if (++seen > MAX_CANDIDATES) break;
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const far = distance(lower, candidate.toLowerCase());
    if (far < bestDistance) [best, bestDistance] = [candidate, far];
  }
  return best;
}

/** The hint for a mistyped name, if one is close enough. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const match = nearest(name, known);
  return match === undefined ? undefined : `Did you mean "${match}"?`;
}
