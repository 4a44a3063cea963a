import { kept } from "./kept.ts";
import { escaped, shapeOf } from "./patterns.ts";

/** The words of a name: "minimumScore", "minimum_score" and "minimum-score" have two. */
export const nameWords = kept((name: string): readonly string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map((word) => word.toLowerCase()),
);

/** A name in a pattern, however its words are joined. */
export const nameShape = (name: string): string => nameWords(name).map(escaped).join("[\\s_-]?");

/** The template's own name is no value, with or without what it is. */
export function withoutName(text: string, name: string): string {
  const shape = `${nameShape(name)}(?:[\\s-]*(?:workflow|pipeline|template|run|process))?`;
  return text.replace(shapeOf(`(?<![\\p{L}\\p{N}])${shape}(?![\\p{L}\\p{N}])`, "giu"), ";");
}

/** Words that stand where a value may, and are none. */
export const NO_NAMES =
  /^(?:to|in|on|for|with|and|the|our|all|from|of|at|by|is|are|auf|in|nach|en|sur|a|na|в|на|into|onto|please|now|today|one|after|über|that|which|this|these|using|via|as|so|then|first|de|la|le|les|der|die|das|los|las|em|no|do|w|it|them|has|have|should|must|need|needs)$/i;
