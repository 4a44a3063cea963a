import type { Sentence } from "./reading.ts";
import { isPunctuation, type Word } from "./words.ts";

/** The words between two commas, brackets, "and"s or ends of sentences: one at least. */
export interface Clause {
  /** Whether it begins a sentence. */
  readonly opensSentence: boolean;
  readonly words: readonly Word[];
}

const AND = new Set(
  "and und et y e en i och og ja и і ve plus also sowie then dann puis luego auch ensuite inoltre".split(" "),
);

export const clausesIn = (sentences: readonly Sentence[]): Clause[] => sentences.flatMap(clausesOf);

function clausesOf({ words }: Sentence): Clause[] {
  const clauses: Clause[] = [];
  let clause: Word[] = [];
  const close = () => {
    if (clause.length > 0) clauses.push({ opensSentence: clauses.length === 0, words: clause });
    clause = [];
  };
  for (const word of words)
    if (isPunctuation(word) || AND.has(word.text)) close();
    else clause.push(word);
  close();
  return clauses;
}
