import type { Reading } from "./reading.ts";
import { isPunctuation, type Word } from "./words.ts";

/** What stands between two commas, brackets, "and"s or ends of sentences. It has a word at least. */
export interface Clause {
  /** Does it begin a sentence? */
  readonly own: boolean;
  readonly words: readonly Word[];
}

const AND = new Set(
  "and und et y e en i och og ja и і ve plus also sowie then dann puis luego auch ensuite inoltre".split(" "),
);

/** The clauses of a goal, in their order. */
export const clausesIn = ({ sentences }: Reading): Clause[] => sentences.flatMap(({ words }) => clausesOf(words));

function clausesOf(words: readonly Word[]): Clause[] {
  const clauses: Clause[] = [];
  let clause: Word[] = [];
  const close = () => {
    if (clause.length > 0) clauses.push({ own: clauses.length === 0, words: clause });
    clause = [];
  };
  for (const word of words)
    if (isPunctuation(word) || AND.has(word.text)) close();
    else clause.push(word);
  close();
  return clauses;
}
