import { fold, type Word, wordsIn } from "./words.ts";

/** So much of a goal is looked at. What is wanted stands at its beginning; what comes after is material. */
export const LOOKED_AT = 3000;
/** A goal longer than this is a document: what is wanted has to be asked for, and its beginning is enough to ask well. */
export const TOO_LONG = 20_000;
const GLANCED_AT = 200;
const MOST_WORDS = 350;

export interface Sentence {
  readonly text: string;
  readonly words: readonly Word[];
}

/** How a list is to be taken: what stands over it says so. */
export type ListSort = "tasks" | "repro" | "criteria" | "parts" | "plain";

/** A goal taken apart, before anything is made of it. */
export interface Reading {
  /** What is looked at of it. */
  readonly text: string;
  readonly length: number;
  /** What is left when code, traces and quoted text are gone; folded. */
  readonly sentences: readonly Sentence[];
  /** What is listed, as it was written. */
  readonly items: readonly string[];
  readonly sort: ListSort;
  /** A sentence before or beside the list. */
  readonly lead: string;
  readonly trace: boolean;
  /** The type of a commit message or the tag of a ticket that it begins with: "fix(auth): …", "[Bug] …". */
  readonly tag?: string;
  /** Names of code, files and addresses in it. */
  readonly names: readonly string[];
  readonly words: number;
}

const TRACE =
  /^\s*(?:at\s+\S+.*[(:]\d+|File ".*", line \d+|Traceback \(most recent|(?:[\w$]+\.)*[A-Z]\w*(?:Error|Exception)\b|panic:|goroutine \d+|thread '.*' panicked|error\[E\d+\]|error TS\d+|npm ERR!|Caused by:|Fatal error:|Segmentation fault|Unhandled|\s+\^+$)/;
const BULLET =
  /^\s*(?:[-*•‣◦·・–—>→⇒=+]+\s+|#?\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.):\]-]\s+|\(\d{1,2}\)\s*|[①-⑳]\s*|\d{1,2}[、．]\s*|[一二三四五六七八九十][、.．]\s*|\[[ xX]?\]\s*|task \d+:?\s+)/i;
const INLINE = /(?:^|[\s:：;,。.])(?:\(?(?:\d{1,2}|[a-h]|[ivx]{1,4})[).]|\d{1,2}[-:、．]|[①-⑳])\s*(?=[^\s\d])/giu;
const TAG =
  /^\s*(?:\[\s*(?<box>[\p{L} -]{2,20})\s*\][:\s]*|(?<commit>fix|feat|feature|chore|docs|style|refactor|perf|tests?|build|ci|revert|bug|hotfix|epic|story|spike|task|typo|bugfix|feature request|enhancement)(?:\([^)\n]{0,40}\))?!?:\s+)/iu;
const TICKET = /^\s*(?:(?:[A-Z][A-Z0-9]{1,9}-\d+|#\d+|GH-\d+)\s*[:–—-]*\s+)/;
/** Two tickets: then they are what is listed, and no name of the goal. */
const TICKETS = /^\s*(#\d+|[A-Z]{2,9}-\d+)[\s\S]*?(?!\1)(?:#\d+|\b[A-Z]{2,9}-\d+)/;
const QUOTED =
  /```[\s\S]*?(?:```|$)|`[^`\n]{1,200}`|"[^"\n]{1,200}"|“[^”\n]{1,200}”|„[^“”"\n]{1,200}[“”"]|«[^»\n]{1,200}»|「[^」\n]{1,200}」|『[^』\n]{1,200}』|(?<=^|[\s(:])'[^'\n]{1,120}'(?=$|[\s.,;:)!?])/gmu;
/** A path begins where no path goes on, and has an end: else each of its signs would be tried as the beginning of each of its ends. */
const NAME =
  /https?:\/\/[^\s)]+|(?<![\w./-])[\w./-]*\/[\w./-]{1,300}\.\w{1,8}\b|\b[\w-]+\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|cs|php|c|h|cpp|swift|vue|css|scss|html?|json|ya?ml|toml|xml|sql|sh|md|lock|gradle|ini|env|conf|cfg|mjml|txt|csv)\b|\.(?:nvmrc|gitignore|env|editorconfig)\b|\b[a-z]+[a-z0-9]*[A-Z]\w+\b|\b[A-Z][a-z0-9]+[A-Z]\w+\b|\b\w+_\w+\b|\b\w+\(\)|\b(?:Dockerfile|Makefile|Podfile|Gemfile)\b/g;

const FILE = /(?:https?:\/\/[^\s)]+|(?<![\w/])[\w.-]*\/[\w./-]{1,300}\.\w{1,8}\b|(?<=^|\s)\/[\w/:{}.-]+)/gm;

const SORTS: readonly (readonly [ListSort, RegExp])[] = [
  ["repro", /repro|steps to|expected|actual|schritte|etapes|pasos|passos|passi|stappen|kroki|шаги|再現|重现|復現|复现/],
  [
    "criteria",
    /acceptance|\bac\b|criteria|requirement|\bdod\b|definition of done|kriterien|criteres|criterios|should (?:be able|support|have|allow)|it (?:must|should|needs)|fields?:|columns?:|rules?:|states?:|options?:|formats?:/,
  ],
  [
    "parts",
    /\b(?:modules?|components?|features|scope|vision|platform|system|product|includ\w*|consist\w*|parts|areas)\b/,
  ],
  [
    "tasks",
    /tasks?|to-?dos?|things|list|following|fix|issues|bugs|please|items|punch|chores|clean|backlog|aufgaben|taches|tareas|tarefas|zadania|задачи|任务|タスク/,
  ],
];

export function readGoal(goal: string): Reading {
  // A list is taken whole, or not at all: nobody wants the first ninety of their tasks done.
  const cut = goal.length > LOOKED_AT && goal.length <= TOO_LONG;
  const text = goal.slice(0, goal.length > TOO_LONG ? GLANCED_AT : LOOKED_AT).replace(/\r\n?/g, "\n");
  const tagged = TAG.exec(text.replace(TICKET, ""));
  const tag = (tagged?.groups?.box ?? tagged?.groups?.commit)?.toLowerCase();
  const trace = text.split("\n").some((line) => TRACE.test(line));
  const bare = bareOf(text, tagged !== null);
  const quoteless = bare
    .trim()
    .replace(QUOTED, (quote) => (quote.length > bare.trim().length - 3 ? quote : " § "))
    .replace(FILE, " § ");
  const list = listIn(cut ? bareOf(goal.replace(/\r\n?/g, "\n"), tagged !== null) : bare, tag);
  const sentences: Sentence[] = [];
  let words = 0;
  for (const sentence of sentencesIn(quoteless)) {
    const found = wordsIn(fold(sentence)).slice(0, MOST_WORDS - words);
    words += found.length;
    if (found.length > 0) sentences.push({ text: fold(sentence), words: found });
    if (words >= MOST_WORDS) break;
  }
  const named = [...(text.match(NAME) ?? []), ...(text.match(/`[^`\n]+`/g) ?? [])];
  return { text, length: goal.length, sentences, ...list, trace, ...(tag && { tag }), names: named, words };
}

/** Without traces, and without the ticket and the tag that it begins with. */
function bareOf(text: string, tagged: boolean): string {
  const told = text
    .split("\n")
    .filter((line, at) => !TRACE.test(line) || (at === 0 && /\s\p{Ll}+\s+\p{Ll}+\s/u.test(line)))
    .join("\n");
  return (TICKETS.test(told) ? told : told.replace(TICKET, "")).replace(tagged ? TAG : /^(?!)/, "");
}

function sentencesIn(text: string): string[] {
  return text
    .split(/\n+|(?<=[.!?])\s+(?=[^a-z]|$)|(?<=[。！？])/u)
    .map((line) => line.replace(BULLET, "").trim())
    .filter((line) => /[\p{L}\p{N}§]/u.test(line));
}

type Listed = Pick<Reading, "items" | "sort" | "lead">;

function listIn(text: string, tag: string | undefined): Listed {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const marked = lines.filter((line) => BULLET.test(line));
  if (marked.length >= 2) {
    const first = lines.findIndex((line) => BULLET.test(line));
    const lead = lines.slice(0, first).join(" ");
    const open = marked.filter((line) => !/\[[xX]\]/.test(line));
    return { items: open.map(unmarked), lead, sort: sortOf(`${tag ?? ""} ${lead}`) };
  }
  const headed = text.split(/(?<=[.!?])\s+|\n+/u).filter((part) => part.trim() !== "");
  if (headed.length >= 3 && headed.every((part) => /^[\p{L}/ -]{2,25}: \S/u.test(part)))
    return { items: headed.map(unmarked), lead: "", sort: "plain" };
  const inline = inlineItems(text) ?? markedItems(text);
  if (inline) return { ...inline, sort: sortOf(inline.lead) };
  const parted = partedItems(text);
  if (parted) return parted;
  const parts = text
    .replace(/\([^()\n]*\)/g, (aside) => aside.replace(/[;；]/g, ","))
    .split(/[;；]\s*/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (parts.length >= 2 && parts.every((part) => part.length < 160) && lines.length === 1)
    return { items: parts.map(unmarked), lead: "", sort: "plain" };
  const [first, ...rest] = lines;
  const short = (line: string) => line.length < 100 && !/[.。]\s+\p{L}/u.test(line);
  if (first && rest.length >= 2 && /[:：]\s*$/.test(first) && rest.every(short))
    return { items: rest.map(unmarked), lead: first, sort: sortOf(first) };
  if (lines.length >= 3 && lines.every((line) => short(line) && !/[.,:]$/.test(line.trim())))
    return { items: lines.map(unmarked), lead: "", sort: "plain" };
  return { items: [], lead: "", sort: "plain" };
}

function inlineItems(text: string): Pick<Reading, "items" | "lead"> | undefined {
  const marks = [...text.matchAll(INLINE)];
  if (marks.length < 2 || !/[1ai①]/i.test(marks[0]![0])) return undefined;
  const items = marks.map(({ index, 0: mark }, at) =>
    text.slice(index + mark.length, marks[at + 1]?.index ?? text.length),
  );
  return items.every((item) => /\p{L}{2}/u.test(item))
    ? { items: items.map(unmarked), lead: text.slice(0, marks[0]!.index) }
    : undefined;
}

/** Marks between things that are listed in one line, each with how often it must stand there at least. */
const BETWEEN: readonly (readonly [RegExp, number])[] = [
  [/\s+\/\/\s+/, 1],
  [/\s+\|\s+/, 1],
  [/\s+\/\s+/, 2],
  [/\s+[•·+]\s+/, 2],
  [/\s+(?:-|–|—)\s+/, 3],
  [/\s+plus\s+/i, 2],
];

/** "todo: a / b / c", "a | b | c", "a + b + c". */
function partedItems(text: string): Listed | undefined {
  if (text.trim().includes("\n")) return undefined;
  for (const [mark, least] of BETWEEN) {
    const pieces = text.split(mark).filter((piece) => /\p{L}{2}/u.test(piece));
    if (pieces.length <= least || pieces.some((piece) => piece.length > 120)) continue;
    const [, lead, first] = /^([^:：]{2,40})[:：]\s+(.+)$/su.exec(pieces[0]!) ?? [undefined, "", pieces[0]!];
    const headless = mark.source.includes("-|") && lead === "";
    return {
      items: (headless ? pieces.slice(1) : [first!, ...pieces.slice(1)]).map(unmarked),
      lead: headless ? pieces[0]! : lead!,
      sort: sortOf(headless ? pieces[0]! : lead!),
    };
  }
  return undefined;
}

/** Things that are each begun by a ticket, a tag or an ordinal: "OPS-1 purge it, OPS-2 page me", "(api) paging (web) filters", "First, … Second, …". */
const BEGUN =
  /(?:^|[\s(,;:.])(?:#\d+|[A-Z]{2,8}-\d+)[\s:)(–-]+(?=\p{L}|\()|(?:^|\s)[[(][a-z]{2,9}[\])]\s+(?=\p{L})|(?:^|[.;!?\n]\s*)(?:and\s+)?(?:first|second|third|fourth|finally|lastly|erstens|zweitens|drittens)(?:ly)?,?\s+(?=\p{L})/giu;

function markedItems(text: string): Pick<Reading, "items" | "lead"> | undefined {
  const marks = [...text.matchAll(BEGUN)];
  if (marks.length < 2 || marks.length > 30) return undefined;
  const items = marks.map(({ index, 0: mark }, at) =>
    text.slice(index + mark.length, marks[at + 1]?.index ?? text.length).replace(/[\s,.;]+(?:and)?\s*$/i, ""),
  );
  return items.every((item) => (item.match(/\p{L}+/gu) ?? []).length >= 2)
    ? { items, lead: text.slice(0, marks[0]!.index) }
    : undefined;
}

const unmarked = (line: string): string =>
  line
    .replace(BULLET, "")
    .replace(/^\s*\[[ xX]?\]\s*/, "")
    .trim()
    .replace(/[;,]$/, "");

function sortOf(lead: string): ListSort {
  const folded = fold(lead);
  return SORTS.find(([, words]) => words.test(folded))?.[0] ?? "plain";
}
