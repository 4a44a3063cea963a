import { BACK_WORDS, KNOWN } from "../lexicon/known-words.ts";
import type { Clause } from "../text/clauses.ts";
import { isOpener } from "../text/openers.ts";
import type { Reading } from "../text/reading.ts";

/** What the form of a goal tells, whatever its words are. */
export interface FormFeature {
  readonly name: string;
  /** Completes "the goal …". */
  readonly says: string;
}

const count = (text: string, of: RegExp): number => text.match(of)?.length ?? 0;

/** The form of a goal in features: each count becomes one feature for every step that it exceeds. */
export function formOf(reading: Reading, clauses: readonly Clause[]): FormFeature[] {
  const features: FormFeature[] = [];
  const add = (name: string, is: boolean, says: string) => {
    if (is) features.push({ name, says });
  };
  const steps = (name: string, value: number, exceeds: readonly number[], says: string) => {
    add(`${name}=0`, value <= exceeds[0]!, `has little or nothing: ${says}`);
    for (const least of exceeds) add(`${name}>${least}`, value > least, says);
  };
  const { text, items, sort, lead, trace, tag, names, words, sentences } = reading;
  const listed = items.length >= 2;
  steps("words", words, [1, 3, 5, 8, 12, 18, 27, 40, 60, 90], `has ${words} words`);
  steps("sentences", sentences.length, [1, 2, 3, 5, 8], `has ${sentences.length} sentences`);
  steps("lines", text.trim().split("\n").length, [1, 2, 3, 5, 8], "has several lines");
  steps("commas", count(text, /[,、，]/g), [0, 1, 2, 3, 5, 8], "has commas");
  steps("semicolons", count(text, /[;；]/g), [0, 1, 2, 4], "has semicolons");
  steps("names", names.length, [0, 1, 2, 4], "names files, code or addresses");
  steps("numbers", count(text, /(?<![\w.])-?\d+(?:[.,]\d+)*(?![\w])/g), [0, 1, 2, 4], "gives numbers");
  steps(
    "quotes",
    count(text, /"[^"\n]{1,120}"|“[^”\n]+”|„[^“”"\n]+[“”"]|«[^»\n]+»|「[^」\n]+」|`[^`\n]+`/g),
    [0, 1, 3],
    "quotes a text",
  );
  steps(`items.${sort}`, items.length, [1, 2, 3, 5, 8], `lists ${items.length} items`);
  add("list", listed, "is a list");
  add(`list.${lead.trim() === "" ? "bare" : "titled"}`, listed, "has a list");
  add("trace", trace, "holds an error's trace");
  add(`tag.${tag}`, tag !== undefined, `is tagged "${tag}"`);
  add("question", /[?？]\s*$/m.test(text), "is a question");
  add("colon", /[:：]/.test(text), "has a colon");
  add("version", /\bv?\d+\.\d+(?:\.\d+)?\b/.test(text), "gives a version");
  add("file", /(?:^|[\s`"'(])[\w./-]*[\w-]\.[a-z]{1,5}\d?(?=[\s`"',:;).]|$)/m.test(text), "names a file");
  add("code", /\b[a-z]+\d*[A-Z]\w+|\b\w+_\w+|\w+\(\)|\w::\w/.test(text), "names something of the code");
  add("arrow", /->|→|=>/.test(text), "says what becomes of what");
  add("stop", /[.。]\s*$/.test(text.trim()), "ends with a full stop");
  add("capital", /^[A-Z]/.test(text.trim()), "begins with a capital letter");
  return [...features, ...flowOf(clauses)];
}

/** How a goal goes on, clause by clause: a clause that begins as goals begin asks for something of its own. */
function flowOf(clauses: readonly Clause[]): FormFeature[] {
  const features: FormFeature[] = [];
  const steps = (name: string, value: number, exceeds: readonly number[], says: string) => {
    for (const least of exceeds) if (value > least) features.push({ name: `flow.${name}>${least}`, says });
  };
  const [first, ...rest] = clauses;
  if (first === undefined) return features;
  const firstWord = ({ words }: Clause): string => words[0]!.text;
  const own = rest.filter((clause) => clause.opensSentence && isOpener(firstWord(clause))).length;
  const joined = rest.filter((clause) => !clause.opensSentence && isOpener(firstWord(clause))).length;
  const counts = [
    ["own", own, `goes on with ${own} sentences that begin like a goal`],
    ["joined", joined, `goes on with ${joined} clauses that begin like a goal`],
    ["asking", own + joined, `goes on with ${own + joined} more that begins like a goal`],
    [
      "known",
      rest.filter((clause) => KNOWN.has(firstWord(clause)) && clause.words.length >= 3).length,
      "goes on about something known",
    ],
    ["full", clauses.filter(({ words }) => words.length >= 4).length, "has clauses of some length"],
  ] as const;
  const asks = isOpener(firstWord(first));
  if (asks) features.push({ name: "flow.asks", says: "begins as goals begin" });
  for (const [name, value, says] of counts) {
    steps(name, value, [0, 1, 2, 3], says);
    if (asks) steps(`asks.${name}`, value, [0, 1, 2, 3], says);
  }
  steps(
    "back",
    rest.filter((clause) => BACK_WORDS.has(firstWord(clause))).length,
    [0, 1, 2],
    "goes on about what it said",
  );
  steps("clauses", clauses.length, [1, 2, 3, 4, 6, 9], `has ${clauses.length} clauses`);
  const lengths = clauses.reduce((sum, { words }) => sum + words.length, 0) / clauses.length;
  if (rest.length > 0) steps("length", lengths, [2, 3, 4, 5, 7, 10], "has clauses of some length");
  steps("again", repeated(clauses), [0, 0.1, 0.2], "comes back to what it said");
  return features;
}

/** The share of the words that an earlier clause has too, by their beginnings. */
function repeated(clauses: readonly Clause[]): number {
  const seen = new Set<string>();
  let [again, all] = [0, 0];
  for (const { words } of clauses) {
    const topic = new Set(
      words.filter(({ text }) => text.length > 3 && !KNOWN.has(text)).map(({ text }) => text.slice(0, 5)),
    );
    for (const word of topic) if (seen.has(word)) again++;
    all += topic.size;
    for (const word of topic) seen.add(word);
  }
  return all < 4 ? 0 : again / all;
}
