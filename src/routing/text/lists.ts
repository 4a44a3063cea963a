import { fold } from "./words.ts";

/** What a list holds, by the words above it. */
export type ListSort = "tasks" | "repro" | "criteria" | "parts" | "plain";

export const BULLET =
  /^\s*(?:[-*•‣◦·・–—>→⇒=+]+\s+|#?\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.):\]-]\s+|\(\d{1,2}\)\s*|[①-⑳]\s*|\d{1,2}[、．]\s*|[一二三四五六七八九十][、.．]\s*|\[[ xX]?\]\s*|task \d+:?\s+)/i;
const INLINE = /(?:^|[\s:：;,。.])(?:\(?(?:\d{1,2}|[a-h]|[ivx]{1,4})[).]|\d{1,2}[-:、．]|[①-⑳])\s*(?=[^\s\d])/giu;

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

/** The list of a goal. Without one, `items` is empty. */
export interface Listed {
  /** The entries as the caller wrote them. */
  readonly items: readonly string[];
  readonly sort: ListSort;
  /** The text before the list. */
  readonly lead: string;
}

export function listIn(text: string, tag: string | undefined): Listed {
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

function inlineItems(text: string): Omit<Listed, "sort"> | undefined {
  const marks = [...text.matchAll(INLINE)];
  if (marks.length < 2 || !/[1ai①]/i.test(marks[0]![0])) return undefined;
  const items = marks.map(({ index, 0: mark }, at) =>
    text.slice(index + mark.length, marks[at + 1]?.index ?? text.length),
  );
  return items.every((item) => /\p{L}{2}/u.test(item))
    ? { items: items.map(unmarked), lead: text.slice(0, marks[0]!.index) }
    : undefined;
}

/** Marks between the entries of a list in one line, each with how often it must stand there at least. */
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

/** The beginning of an entry, a ticket, a tag or an ordinal: "OPS-1 purge it, OPS-2 page me", "(api) paging (web) filters", "First, …". */
const BEGUN =
  /(?:^|[\s(,;:.])(?:#\d+|[A-Z]{2,8}-\d+)[\s:)(–-]+(?=\p{L}|\()|(?:^|\s)[[(][a-z]{2,9}[\])]\s+(?=\p{L})|(?:^|[.;!?\n]\s*)(?:and\s+)?(?:first|second|third|fourth|finally|lastly|erstens|zweitens|drittens)(?:ly)?,?\s+(?=\p{L})/giu;

function markedItems(text: string): Omit<Listed, "sort"> | undefined {
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
