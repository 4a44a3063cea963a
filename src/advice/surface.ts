import type { Reading } from "./reading.ts";
import type { Sighting } from "./scan.ts";
import { fold } from "./words.ts";

/** What the surface of a goal tells: how exact it is, how long, and what it counts. */
interface Look {
  readonly name: string;
  readonly says: string;
  readonly is: (goal: Goal) => number | boolean;
}

interface Goal {
  readonly text: string;
  readonly folded: string;
  readonly words: number;
  readonly reading: Reading;
  readonly told: boolean;
}

const count = (text: string, of: RegExp): number => text.match(of)?.length ?? 0;
const few = (value: number): number => Math.min(1, value / 2);

const LOOKS: readonly Look[] = [
  {
    name: "names.file",
    says: "names a file",
    is: ({ text }) => /(?:^|[\s`"'(])[\w./-]*[\w-]\.[a-z]{1,5}\d?(?=[\s`"',:;).]|$)|\b(?:Dockerfile|Makefile|README|CHANGELOG)\b/m.test(text),
  },
  { name: "names.code", says: "names something of the code", is: ({ text }) => few(count(text, /\b[a-z]+\d*[A-Z]\w+|\b[A-Z][a-z0-9]+[A-Z]\w+|\b\w+_\w+|\w+\(\)|\w::\w|\b[A-Z]{2,}_\w+/g)) },
  { name: "literal.code", says: "holds code", is: ({ text }) => few(count(text, /`[^`\n]+`/g)) },
  { name: "literal.text", says: "quotes a text", is: ({ text }) => few(count(text, /"[^"\n]{1,120}"|“[^”\n]+”|„[^“”"\n]+[“”"]|«[^»\n]+»|「[^」\n]+」|(?<=\s)'[^'\n]{2,60}'(?=[\s.,:;!?]|$)/g)) },
  { name: "numbers", says: "gives numbers", is: ({ text }) => few(count(text, /(?<![\w.])-?\d+(?:[.,]\d+)*(?![\w])/g)) },
  { name: "version", says: "gives a version", is: ({ text }) => /\bv?\d+\.\d+(?:\.\d+)?\b|\bto v?\d+\b/.test(text) },
  { name: "flag", says: "names an option or a variable", is: ({ text }) => /(?:^|[\s`])--?[a-z][\w-]+|\b[A-Z][A-Z0-9]+_[A-Z0-9_]+\b|\b\w+=\S/.test(text) },
  { name: "line", says: "names a line of code", is: ({ text }) => /\bline \d+|\.\w{1,4}:\d+/.test(text) },
  { name: "commit", says: "names a commit", is: ({ text }) => /\b(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b|#\d+/.test(text) },
  { name: "swap", says: "says what is to become of what", is: ({ text }) => /\S\s*(?:->|→|=>|⇒)\s*\S|\bs\/[^/\s]+\/[^/\s]*\//.test(text) },
  { name: "length.few", says: "is very short", is: ({ words }) => words <= 5 },
  { name: "length.some", says: "is short", is: ({ words }) => words > 5 && words <= 9 },
  { name: "length.many", says: "has several sentences' length", is: ({ words }) => words > 18 },
  { name: "sentences", says: "has several sentences", is: ({ reading }) => few(reading.sentences.length - 1) },
  { name: "colon.parts", says: "counts up what belongs to it", is: ({ text }) => Math.min(1, count(/[^:：\n]{3,80}[:：]\s+(.{10,})$/su.exec(text)?.[1] ?? "", /,|、|，|\sand\s/g) / 4) },
  { name: "with.parts", says: "counts up what it comes with", is: ({ folded }) => Math.min(1, count(/\b(?:with|including|incl\.?|mit|avec|con|com|met|z|с|inklusive|covering|for)\s(.{10,})$/su.exec(folded)?.[1] ?? "", /,|\sand\s/g) / 4) },
  { name: "states", says: "tells how something is", is: ({ folded, told }) => !told && /^(?:\S+\s+){1,8}?(?:is|are|was|were|has|have|does|do|gets?|goes|shows?|returns?|prints?|says?|uses?|reports?|exits?|displays?|points?|comes?|lists?|reads?|writes?|sends?|takes?|runs?|calls?|lacks?|loads?|opens?|starts?|stays?|ends?|logs?|renders?|counts?|looks?|hits?|makes?|leaves?|expects?|accepts?|still|only|never|always|doesn't|isn't|can't|won't)\b/.test(folded) },
  { name: "states.now", says: "tells how something is and how it should be", is: ({ folded }) => /\b(?:should|must|ought|has to|needs to)\b.*\b(?:but|not|instead|rather)\b|\b(?:is|are|says|shows|returns|uses|has|was)\b.*\b(?:should|must|ought|want|make it|use|set|not)\b/s.test(folded) },
  { name: "people", says: "tells what people can do then", is: ({ folded }) => /\b(?:users?|customers?|admins?|people|members?|players?|drivers?|teachers?|students?|guests?|patients?|visitors?|staff|managers?|editors?|agents?|clients?|operators?|owners?|authors?|readers?|viewers?|support|teams?|everyone|anyone|somebody|someone|they|them|we)\b/.test(folded) },
  { name: "thing", says: "is the name of a thing, without a verb", is: ({ words, folded, told }) => !told && words <= 14 && !/[.?!]\s/.test(folded) && !/\b(?:is|are|was|has|does|doesn't|isn't|should|shows?|says?|can't|still)\b/.test(folded) },
  { name: "article", says: "is for something new", is: ({ folded }) => /^\W*(?:an?|our own|one|some|something)\s/.test(folded) },
  { name: "known", says: "is about something known", is: ({ folded }) => few(count(folded, /\b(?:the|this|that|these)\s/g)) },
  { name: "unquestioned", says: "asks", is: ({ text }) => /[?？]\s*$/.test(text) },
];

export function looksOf(reading: Reading, sightings: readonly Sighting[]): { name: string; value: number; says: string }[] {
  const told = sightings.some(({ place }) => place === "lead");
  const goal = { text: reading.text.slice(0, 1500), folded: fold(reading.text.slice(0, 1500)).trim(), words: reading.words, reading, told };
  return LOOKS.flatMap(({ name, says, is }) => {
    const value = Number(is(goal));
    return value > 0 ? [{ name, value, says }] : [];
  });
}
