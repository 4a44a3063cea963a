import { GREETS, INTRODUCES, LEANS } from "../lexicon/clause-openings.ts";
import { NEXT_WORDS } from "../lexicon/next-words.ts";
import { opensAsGoal } from "./openers.ts";
import type { Reading } from "./reading.ts";
import { fold, lengthOf } from "./words.ts";

// A goal that names several tasks is cut where people go on to the next one: after a sentence, where they say that something else comes, and at
// last at commas. Only introductions are lost: a piece that is no task of its own stays with the task before.

/** Parts that stay whole: quoted text, brackets, addresses, code. */
const WHOLE =
  /```[\s\S]*?(?:```|$)|`[^`\n]*`|"[^"\n]*"|“[^”\n]*”|„[^“”"\n]*[“”"]|«[^»\n]*»|»[^«\n]*«|「[^」\n]*」|\([^()\n]*\)|\[[^\]\n]*\]|https?:\/\/\S+|(?<=^|[\s:])'[^'\n]{1,120}'(?=$|[\s.,;:!?])/gu;
const SENTENCE = /\n+|(?<=[.!?…])\s+|(?<=[。！？])\s*|\s+\.\.\.\s+|[;；]\s*|\s+(?:—|–|\/\/|\||\*)\s+|\s*<\/?\w+>\s*/gu;
const NEXT = new RegExp(
  `(?:^|[,.]?\\s+)(?:(?:and|oh|und|et|y|e|och|i|а|и)[,\\s]+)*(?:(?:${NEXT_WORDS})[,:]?\\s+)+(?:you can\\s+)?|[，、]?(?:另外|同时|还有|顺便)|(?:それと|あと)、?|그리고\\s+`,
  "giu",
);
const COMMA = /\s*[,，、،]\s*(?:(?:and|und|et|y|e|en|i|och|og|и|та|ve)\s+)?/gu;
const AND = /\s+(?:and|und|et|y|e|en|i|och|og|ja|и|та|ve|&|\+)\s+/giu;
/** "1 do this 2 do that": numbers with nothing but a space after them. */
const COUNTED = /(?:^|\s)[1-9](?=\s+\p{L})\s+/gu;
/** "Fix that" is no task beside what "that" is. */
const BARE = /^\P{L}*(?:\p{L}+\s+){1,2}(?:it|that|this|them|those|these)\P{L}*$/iu;
const SHORTEST = 2;

/** The tasks of a goal that names several. One that cannot be cut is one task: the whole goal. */
export function tasksOf(reading: Reading): readonly string[] {
  if (reading.items.length >= 2) return reading.items;
  const whole = reading.text.trim();
  if (isCounting(whole))
    return cut(whole, COUNTED)
      .slice(/^\d/.test(whole) ? 0 : 1)
      .map(trimmed);
  const sentences = cut(whole, SENTENCE).filter((sentence) => /\p{L}/u.test(sentence));
  const told = sentences.filter((sentence) => !isIntroduction(sentence, sentences.length));
  const pieces = (told.length > 0 ? told : sentences).flatMap(afterColon).flatMap((one) => cut(one, NEXT));
  const ways = [
    pieces.flatMap((piece) => cut(piece, COMMA, isOwn)).flatMap((piece) => cut(piece, AND, isOwn)),
    pieces.flatMap((piece) => cut(piece, COMMA, isFull)),
    pieces.flatMap((piece) => cut(piece, AND, isFull)),
  ];
  return (
    ways.map((all) => all.map(trimmed).filter((task) => /\p{L}{2}/u.test(task))).find((all) => all.length >= 2) ?? [
      whole,
    ]
  );
}

const trimmed = (text: string): string =>
  text
    .trim()
    .replace(/^(?:and\s+)?while (?:you're|you are|we're|we are) (?:at it|there)\W*(?:\([^)]*\)\s*)?/iu, "")
    .replace(/^(?:and|also|then|und|et|y|e|en|i|и|ve|please|bitte)\s+/iu, "")
    .replace(/[.,;。、，\s]+$/u, "");

/** Cuts a text at marks outside of its whole parts. A piece that is no task of its own stays with the piece before, and so does the mark. */
function cut(text: string, at: RegExp, own: (piece: string, before: string) => boolean = () => true): string[] {
  const masked = text.replace(WHOLE, (whole) => "x".repeat(whole.length));
  const marks = [...masked.matchAll(at)].map(({ index, 0: mark }) => ({ index, after: index + mark.length }));
  const pieces: string[] = [];
  let from = 0;
  for (const [next, { index, after }] of marks.entries()) {
    const before = text.slice(from, index);
    const piece = text.slice(after, marks[next + 1]?.index);
    if (!own(piece, before)) continue;
    pieces.push(before);
    from = after;
  }
  return [...pieces, text.slice(from)].map((piece) => piece.trim()).filter((piece) => piece !== "");
}

const isCounting = (text: string): boolean => {
  const numbers = (text.match(COUNTED) ?? []).map(Number);
  return numbers.length >= 2 && numbers.every((number, at) => number === at + 1);
};

const isIntroduction = (sentence: string, of: number): boolean =>
  of >= 3 &&
  lengthOf(fold(sentence)) <= 14 &&
  INTRODUCES.test(sentence) &&
  (GREETS.test(sentence) || !opensAsGoal(sentence));

/** "Three things: …", "todo for today: …": the tasks come after the colon. */
function afterColon(sentence: string): string[] {
  const [, before, after] = /^([^:：]{2,80})[:：]\s+(.+)$/su.exec(sentence) ?? [];
  return after !== undefined && cut(after, COMMA).length >= 2 && lengthOf(fold(before!)) <= 12 ? [after] : [sentence];
}

const isFull = (piece: string): boolean => lengthOf(fold(piece)) >= SHORTEST && !LEANS.test(piece);
/** It asks for something; or it tells something, as the piece before did. */
const isOwn = (piece: string, before: string): boolean =>
  isFull(piece) && !BARE.test(piece) && (opensAsGoal(piece) || !(opensAsGoal(before) || LEANS.test(before)));
