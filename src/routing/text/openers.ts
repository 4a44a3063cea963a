import { OPENERS } from "../fitted/openers.ts";
import { fold, wordsIn } from "./words.ts";

let openers: ReadonlySet<string> | undefined;

/** Whether goals often begin with this word. The table is read when the first goal is. */
export function isOpener(word: string | undefined): boolean {
  openers ??= new Set(OPENERS.trim().split(/\s+/));
  return word !== undefined && openers.has(word);
}

/** Whether a text begins as goals begin, and so asks for work of its own. */
export const opensAsGoal = (text: string): boolean => isOpener(wordsIn(fold(text.slice(0, 80)))[0]?.text);

/** A clause with one of these words first tells of something known, and asks for nothing. */
export const KNOWN: ReadonlySet<string> = new Set(
  `the a an our my this that these those i we it in on at when if after there as some for with and to is are was der die das ein eine unser unsere
  mein wir ich es im bei wenn le la les un une notre mon nous je il quand el los las una nuestro mi cuando o os as um uma nosso meu quando lo gli`.split(
    /\s+/,
  ),
);
