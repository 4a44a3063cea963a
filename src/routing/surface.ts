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
    is: ({ text }) =>
      /(?:^|[\s`"'(])[\w./-]*[\w-]\.[a-z]{1,5}\d?(?=[\s`"',:;).]|$)|\b(?:Dockerfile|Makefile|README|CHANGELOG)\b/m.test(
        text,
      ),
  },
  {
    name: "names.code",
    says: "names something of the code",
    is: ({ text }) =>
      few(count(text, /\b[a-z]+\d*[A-Z]\w+|\b[A-Z][a-z0-9]+[A-Z]\w+|\b\w+_\w+|\w+\(\)|\w::\w|\b[A-Z]{2,}_\w+/g)),
  },
  { name: "literal.code", says: "holds code", is: ({ text }) => few(count(text, /`[^`\n]+`/g)) },
  {
    name: "literal.text",
    says: "quotes a text",
    is: ({ text }) =>
      few(
        count(
          text,
          /"[^"\n]{1,120}"|“[^”\n]+”|„[^“”"\n]+[“”"]|«[^»\n]+»|「[^」\n]+」|(?<=\s)'[^'\n]{2,60}'(?=[\s.,:;!?]|$)/g,
        ),
      ),
  },
  {
    name: "numbers",
    says: "gives numbers",
    is: ({ text }) => few(count(text, /(?<![\w.])-?\d+(?:[.,]\d+)*(?![\w])/g)),
  },
  { name: "version", says: "gives a version", is: ({ text }) => /\bv?\d+\.\d+(?:\.\d+)?\b|\bto v?\d+\b/.test(text) },
  {
    name: "flag",
    says: "names an option or a variable",
    is: ({ text }) => /(?:^|[\s`])--?[a-z][\w-]+|\b[A-Z][A-Z0-9]+_[A-Z0-9_]+\b|\b\w+=\S/.test(text),
  },
  { name: "line", says: "names a line of code", is: ({ text }) => /\bline \d+|\.\w{1,4}:\d+/.test(text) },
  { name: "commit", says: "names a commit", is: ({ text }) => /\b(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b|#\d+/.test(text) },
  {
    name: "swap",
    says: "says what is to become of what",
    is: ({ text }) => /\S\s*(?:->|→|=>|⇒)\s*\S|\bs\/[^/\s]+\/[^/\s]*\//.test(text),
  },
  { name: "length.few", says: "is very short", is: ({ words }) => words <= 5 },
  { name: "length.some", says: "is short", is: ({ words }) => words > 5 && words <= 9 },
  { name: "length.many", says: "has several sentences' length", is: ({ words }) => words > 18 },
  { name: "sentences", says: "has several sentences", is: ({ reading }) => few(reading.sentences.length - 1) },
  {
    name: "colon.parts",
    says: "counts up what belongs to it",
    is: ({ text }) =>
      Math.min(1, count(/[^:：\n]{3,80}[:：]\s+(.{10,})$/su.exec(text)?.[1] ?? "", /,|、|，|\sand\s/g) / 4),
  },
  {
    name: "with.parts",
    says: "counts up what it comes with",
    is: ({ folded }) =>
      Math.min(
        1,
        count(
          /\b(?:with|including|incl\.?|mit|avec|con|com|met|z|с|inklusive|covering|for)\s(.{10,})$/su.exec(
            folded,
          )?.[1] ?? "",
          /,|\sand\s/g,
        ) / 4,
      ),
  },
  {
    name: "states",
    says: "tells how something is",
    is: ({ folded, told }) =>
      !told &&
      /^(?:\S+\s+){1,8}?(?:is|are|was|were|has|have|does|do|gets?|goes|shows?|returns?|prints?|says?|uses?|reports?|exits?|displays?|points?|comes?|lists?|reads?|writes?|sends?|takes?|runs?|calls?|lacks?|loads?|opens?|starts?|stays?|ends?|logs?|renders?|counts?|looks?|hits?|makes?|leaves?|expects?|accepts?|still|only|never|always|doesn't|isn't|can't|won't)\b/.test(
        folded,
      ),
  },
  {
    name: "states.now",
    says: "tells how something is and how it should be",
    is: ({ folded }) =>
      /\b(?:should|must|ought|has to|needs to)\b.*\b(?:but|not|instead|rather)\b|\b(?:is|are|says|shows|returns|uses|has|was)\b.*\b(?:should|must|ought|want|make it|use|set|not)\b/s.test(
        folded,
      ),
  },
  {
    name: "people",
    says: "tells what people can do then",
    is: ({ folded }) =>
      /\b(?:users?|customers?|admins?|people|members?|players?|drivers?|teachers?|students?|guests?|patients?|visitors?|staff|managers?|editors?|agents?|clients?|operators?|owners?|authors?|readers?|viewers?|support|teams?|everyone|anyone|somebody|someone|they|them|we)\b/.test(
        folded,
      ),
  },
  {
    name: "thing",
    says: "is the name of a thing, without a verb",
    is: ({ words, folded, told }) =>
      !told &&
      words <= 14 &&
      !/[.?!]\s/.test(folded) &&
      !/\b(?:is|are|was|has|does|doesn't|isn't|should|shows?|says?|can't|still)\b/.test(folded),
  },
  {
    name: "article",
    says: "is for something new",
    is: ({ folded }) => /^\W*(?:an?|our own|one|some|something)\s/.test(folded),
  },
  {
    name: "known",
    says: "is about something known",
    is: ({ folded }) => few(count(folded, /\b(?:the|this|that|these)\s/g)),
  },
  {
    name: "odd",
    says: "names something by a sign that words do not have",
    is: ({ text }) =>
      /(?:^|\s)(?:[~@/.]\/?[\w-]+|\/\w[\w/-]*|\w*\d\w*[a-z]\w*|[a-z]+-\d+|#[0-9a-f]{3,6})\b|<\w+/.test(text),
  },
  {
    name: "circumstance",
    says: "tells when it happens",
    is: ({ folded, told }) =>
      !told &&
      /\b(?:when|whenever|if|while|after|as soon as|upon|since|until|once|unless|every time|each time|wenn|sobald|nachdem|beim|lorsque|quand|apres|cuando|al|despues|quando|ao|apos|dopo|wanneer|na|als|gdy|po|kiedy|przy|при|когда|после|если|nar|efter|om)\s|(?:后|時|时|と|のに|たら|면|해도)/.test(
        folded,
      ),
  },
  {
    name: "finite",
    says: "tells what something does",
    is: ({ folded, told }) =>
      !told &&
      !/\b(?:should|must|want|need|could|would|can|let|allow|please)\b/.test(folded) &&
      /\b\w{2,}s\s(?:the|a|an|two|three|its|on|in|at|out|up|by|behind|even|upon|with|after|not|all|every|no|for|instead|over|off|into|nothing|only|too|one|when|if|it|red|empty|zero|null|\d)/.test(
        folded,
      ),
  },
  {
    name: "jump",
    says: "leaps over versions",
    is: ({ text }) => {
      const [, from, to] =
        /\b(?:from )?(?:v|\p{L}+ )?(\d{1,2})(?:\.[\dx]+)?\s*(?:to|->|→|auf|à|a|na|до)\s+(?:\p{L}+ )?v?(\d{1,2})\b(?!\.\d+\.\d)/u.exec(
          text,
        ) ?? [];
      return from !== undefined && Number(to) > Number(from);
    },
  },
  { name: "patched", says: "gives a full version", is: ({ text }) => /\b\d+\.\d+\.\d+\b/.test(text) },
  {
    name: "better",
    says: "says how, not what",
    is: ({ folded }) =>
      /\b(?:better|faster|nicer|smarter|easier|friendlier|cleaner|simpler|safer|quicker|lighter|leaner|more \w+|less \w+|fewer \w+|whatever|somehow|modern|robust|smooth|reliable|trustworthy|consistent|ready for|properly|improve\w*|polish|clean ?up|tidy|mess\w*|friction|delightful|intuitive|usable|accessible|maintainable|testable|scalable|resilient)\b/.test(
        folded,
      ),
  },
  {
    name: "measured",
    says: "is about time, memory or money",
    is: ({ folded }) =>
      /\b(?:p9\d|fps|latency|cold start|start-?up|boot|slow\w*|sluggish|crawls?|takes? (?:\S+ ){1,3}(?:s|seconds?|minutes?|min|hours?|days?|ages|forever|long)|memory|ram|cpu|battery|bill|costs?|throughput|performance|load time|bundle size|gb|faster)\b/.test(
        folded,
      ),
  },
  {
    name: "story",
    says: "is a story",
    is: ({ folded }) => /^\W*(?:\w+ story:? )?(?:as an? |als \p{L}+ |en tant que |como |jako |come )/u.test(folded),
  },
  {
    name: "tests.many",
    says: "is about many tests",
    is: ({ folded }) =>
      /\b(?:tests|test suite|suite|coverage|harness|fuzz\w*|e2e|property-based|mutation|contract tests?|golden|load test\w*|test bench|test data|simulat\w+|visual regression)\b/.test(
        folded,
      ),
  },
  {
    name: "tests.one",
    says: "is about one test",
    is: ({ folded }) =>
      /\b(?:a|one|the|this|that|unit|regression|missing|flaky|skipped)\s(?:\S+\s){0,2}(?:test|test case|spec|assertion|fixture|snapshot)\b|\b(?:test|it|spec)[_.]\w+/.test(
        folded,
      ),
  },
  {
    name: "tools",
    says: "goes from one tool to another",
    is: ({ text }) =>
      /\b(?:from|off|[Ll]eave|[Rr]eplace|[Dd]itch|[Rr]etire|[Dd]rop|[Pp]ort|[Mm]igrate|[Mm]ove|[Ss]witch|[Ss]wap|[Rr]ewrite|[Cc]onvert)\s+(?:\S+\s){0,3}?.*\b(?:to|for|with|by|onto|in favou?r of|into|in|instead of)\s+(?:an? )?[A-Z][\w.+#]*/.test(
        text,
      ) && !/\d+\.\d+\.\d/.test(text),
  },
  {
    name: "all",
    says: "is about all of something",
    is: ({ folded }) =>
      /\b(?:all|every|each|everywhere|everything|across|throughout|whole|entire|any|both|alle|tous|toutes|todos|todas|tutti|tutte|wszystkie|все|всех)\b/.test(
        folded,
      ),
  },
  {
    name: "dozens",
    says: "is about many of a kind",
    is: ({ folded }) =>
      /\b(?:hundreds?|thousands?|dozens?|ninety|eighty|seventy|sixty|fifty|forty|thirty|twenty|twelve|eleven|ten|nine|eight|seven|six|five|four|[1-9]\d{1,3}k?|\d+,\d{3})\s(?:\w+\s)?\w+s\b/.test(
        folded,
      ),
  },
  {
    name: "already",
    says: "says what it is and what it ought to be",
    is: ({ folded }) =>
      /\b(?:ought to|says|called|named|still|wrong|outdated|misspelt|moved to|renamed|unused|stale|no longer|nobody|twice|lacks?|missing|without a)\b/.test(
        folded,
      ),
  },
  { name: "asks", says: "asks", is: ({ text }) => /[?？]\s*$/.test(text) },
];

export function looksOf(
  reading: Reading,
  sightings: readonly Sighting[],
): { name: string; value: number; says: string }[] {
  const told = sightings.some(({ place }) => place === "lead");
  const goal = {
    text: reading.text.slice(0, 1500),
    folded: fold(reading.text.slice(0, 1500)).trim(),
    words: reading.words,
    reading,
    told,
  };
  return LOOKS.flatMap(({ name, says, is }) => {
    const value = Number(is(goal));
    return value > 0 ? [{ name, value, says }] : [];
  });
}
