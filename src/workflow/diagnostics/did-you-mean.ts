import { distance } from "fastest-levenshtein";

/** More candidates than this are not looked through: a hint is not worth a second of waiting. */
const MAX_CANDIDATES = 5000;

/** The known name that `name` was probably meant to be; `undefined` if none is close. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const lower = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.floor((name.length + 1) / 3) + 1; // a third of it may be wrong
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
