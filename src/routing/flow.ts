import { BEGINNINGS } from "./beginnings.ts";
import { type Clause, clausesIn } from "./clauses.ts";
import { once } from "./kept.ts";
import type { Reading } from "./reading.ts";
import type { Trait } from "./structure.ts";

/** With these a clause tells of something known, and asks for nothing. */
export const KNOWN: ReadonlySet<string> = new Set(
  `the a an our my this that these those i we it in on at when if after there as some for with and to is are was der die das ein eine unser unsere
  mein wir ich es im bei wenn le la les un une notre mon nous je il quand el los las una nuestro mi cuando o os as um uma nosso meu quando lo gli`.split(
    /\s+/,
  ),
);
/** With these it goes on about what was said. */
const BACK = new Set(
  "it they he she this that so because since otherwise users es sie dann damit elle ils cela eso ele isso should must can".split(
    " ",
  ),
);
const beginnings = once(() => new Set(BEGINNINGS.trim().split(/\s+/)));

/** How a goal goes on, clause by clause: who asks for something of its own begins as goals begin, and speaks of something else. */
export function flowOf(reading: Reading): Trait[] {
  const clauses = clausesIn(reading);
  const traits: Trait[] = [];
  const step = (name: string, value: number, steps: readonly number[], says: string) => {
    for (const least of steps) if (value > least) traits.push({ name: `flow.${name}.${least}`, value: 1, says });
  };
  const [first, ...rest] = clauses;
  if (first === undefined) return traits;
  const isBeginning = ({ words }: Clause) => beginnings().has(words[0]!.text);
  const own = rest.filter((clause) => clause.own && isBeginning(clause)).length;
  const joined = rest.filter((clause) => !clause.own && isBeginning(clause)).length;
  const known = rest.filter(({ words }) => KNOWN.has(words[0]!.text) && words.length >= 3).length;
  const full = clauses.filter(({ words }) => words.length >= 4).length;
  const back = rest.filter(({ words }) => BACK.has(words[0]!.text)).length;
  const counts = [
    ["own", own, `goes on with ${own} sentences that begin like a goal`],
    ["joined", joined, `goes on with ${joined} clauses that begin like a goal`],
    ["asking", own + joined, `goes on with ${own + joined} more that begins like a goal`],
    ["known", known, `goes on about something known`],
    ["full", full, "has clauses of some length"],
  ] as const;
  const asks = isBeginning(first);
  if (asks) traits.push({ name: "flow.asks", value: 1, says: "begins as goals begin" });
  for (const [name, count, says] of counts) {
    step(name, count, [0, 1, 2, 3], says);
    if (asks) step(`asks.${name}`, count, [0, 1, 2, 3], says);
  }
  step("back", back, [0, 1, 2], "goes on about what it said");
  step("clauses", clauses.length, [1, 2, 3, 4, 6, 9], "goes on for several clauses");
  const lengths = clauses.reduce((sum, { words }) => sum + words.length, 0) / clauses.length;
  if (rest.length > 0) step("length", lengths, [2, 3, 4, 5, 7, 10], "has clauses of some length");
  step("again", repeated(clauses), [0, 0.1, 0.2], "comes back to what it said");
  return traits;
}

/** The share of the words that tell of something which an earlier clause told of, by their beginnings. */
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
