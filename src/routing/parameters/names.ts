import { memoize } from "../../model/data/memoize.ts";
import { matchPattern } from "../../model/regex/matching.ts";

/** The words of a name: "minimumScore", "minimum_score" and "minimum-score" have two. */
export const nameWords = memoize((name: string): readonly string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map((word) => word.toLowerCase()),
);

/** Source of a pattern for a name, whichever way a caller joins its words. A name without letters and digits is never met. */
export const nameShape = (name: string): string => nameWords(name).join("[\\s_/-]?") || "(?!)";

/** The text without the template's own name, which is no value. */
export const withoutName = (text: string, name: string): string =>
  text.replace(
    new RegExp(
      `(?<![\\p{L}\\p{N}])${nameShape(name)}(?:[\\s-]*(?:workflow|pipeline|template|run|process))?(?![\\p{L}\\p{N}])`,
      "giu",
    ),
    ";",
  );

/** Whether a declared pattern tells values from other words. One that fits an ordinary word tells nothing. */
export const isTelling = (pattern: string | undefined): boolean =>
  pattern !== undefined &&
  ["word", "Word", "two words", "src/a.ts", "10"].every(
    (sample) => matchPattern(pattern, sample, "u").kind === "differs",
  );
