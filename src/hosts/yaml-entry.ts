import {
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { err, ok, type Result } from "../model/data/result.ts";
import { equalJson } from "../model/json.ts";
import { type Edit, type EditConflict, lineEnd, type Plain } from "./file-edit.ts";

/**
 * Where in a YAML file an entry belongs: under its name in a map, or as an item of a list that one of its fields
 * identifies.
 */
export interface YamlEntry {
  readonly section: string;
  readonly place: { readonly name: string } | { readonly item: string };
  readonly value: Readonly<Record<string, Plain>>;
  /** Whether some Baton wrote what stands in that place. */
  ours(found: unknown): boolean;
}

interface Found {
  /** From its first character to the end of its last scalar. */
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
}

interface Read {
  readonly json: Record<string, unknown>;
  readonly section?: { readonly key: number; readonly body: YAMLMap | YAMLSeq | undefined };
  readonly first?: number;
  readonly count: number;
  readonly found?: Found;
}

/** Writes the entry first in its section, or the section last in the file, so that all other lines stay as they are. */
export function writeYaml(text: string | undefined, entry: YamlEntry): Edit {
  if (text === undefined || text === "") return ok(blockSection(entry, "\n") + (text === undefined ? "\n" : ""));
  const read = readYaml(text, entry);
  if (!read.ok) return read;
  const { section, first, found } = read.value;
  const eol = lineEnd(text);
  if (found) {
    if (equalJson(found.value, entry.value)) return ok(text);
    if (!entry.ours(found.value)) return err(notOurs(entry));
    const erased = eraseYaml(text, entry);
    return erased.ok ? writeYaml(erased.value, entry) : erased;
  }
  if (!section) {
    // A file without a final line end gets none: that tells later how it was.
    const added = blockSection(entry, eol);
    return checked(text, text.endsWith("\n") ? text + added + eol : text + eol + added, entry);
  }
  if (!section.body) return err(cannot(entry));
  if (section.body.flow) {
    const at = section.body.range![0] + 1;
    return checked(
      text,
      text.slice(0, at) + flowItem(entry) + (first === undefined ? "" : ", ") + text.slice(at),
      entry,
    );
  }
  const line = lineStart(text, first!);
  const [, indent] = /^([ ]*)(?:-[ ]+)?$/.exec(text.slice(line, first)) ?? [];
  if (indent === undefined) return err(cannot(entry));
  return checked(text, text.slice(0, line) + blockItem(entry, indent, eol) + eol + text.slice(line), entry);
}

export function eraseYaml(text: string | undefined, entry: YamlEntry): Edit {
  if (text === undefined || text === "") return ok(text);
  const read = readYaml(text, entry);
  if (!read.ok) return read;
  const { section, found, count } = read.value;
  if (!section?.body || !found) return ok(text);
  if (!entry.ours(found.value))
    return err({
      reason: "edited",
      message: `${labelOf(entry)} is not as Baton wrote it, so Baton leaves it`,
      hint: "If you do not need it, remove it by hand.",
    });
  const after = section.body.flow
    ? withoutFlow(text, section.body.range![0] + 1, found)
    : withoutLines(text, count === 1 ? section.key : found.start, found.end);
  const left = count === 1 && !section.body.flow;
  return equalJson(jsonOf(after ?? ""), without(read.value.json, entry, left)) ? ok(after) : err(cannot(entry));
}

function withoutFlow(text: string, open: number, { start, end }: Found): string {
  const comma = /^,[ ]?/.exec(text.slice(end))?.[0] ?? "";
  if (start === open || comma !== "") return text.slice(0, start) + text.slice(end + comma.length);
  const before = text.slice(0, start).trimEnd();
  return (before.endsWith(",") ? before.slice(0, -1) : text.slice(0, start)) + text.slice(end);
}

/** Removes whole lines. If they were the last and have no line end, they came with the one before them. */
function withoutLines(text: string, start: number, end: number): string | undefined {
  const from = lineStart(text, start);
  const newline = text.indexOf("\n", end);
  if (newline >= 0) {
    const after = text.slice(0, from) + text.slice(newline + 1);
    return after === "" ? undefined : after;
  }
  return text.slice(0, from).replace(/\r?\n$/, "");
}

function readYaml(text: string, entry: YamlEntry): Result<Read, EditConflict> {
  const documents = parseAllDocuments(text, { schema: "core", uniqueKeys: true });
  if (documents.length === 0) return ok({ json: {}, count: 0 });
  const [document, second] = documents;
  const problem = document?.errors[0];
  if (problem)
    return err({
      reason: "unreadable",
      message: `is not valid YAML: ${problem.message.split("\n")[0]}`,
      hint: "Correct the file, then run this command again.",
    });
  const root = document?.contents;
  if (!document || second || (root !== null && !(isMap(root) && !root.flow))) return err(cannot(entry));
  const json: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const pair = isMap(root) ? root.items.find(({ key }) => isScalar(key) && key.value === entry.section) : undefined;
  if (!pair) return ok({ json: json as Record<string, unknown>, count: 0 });
  const key = (pair.key as Node).range![0];
  const body = isMap(pair.value) || isSeq(pair.value) ? pair.value : undefined;
  const wanted = "name" in entry.place ? isMap(body) : isSeq(body);
  if (body && !wanted) return err(cannot(entry));
  const [first] = body?.items ?? [];
  const found = body ? findIn(body, entry) : undefined;
  return ok({
    json: json as Record<string, unknown>,
    section: { key, body },
    count: body?.items.length ?? 0,
    ...(first !== undefined && { first: startOf(first as Node | Pair) }),
    ...(found && { found }),
  });
}

function findIn(body: YAMLMap | YAMLSeq, { place }: YamlEntry): Found | undefined {
  for (const item of body.items as (Node | Pair)[]) {
    const value = isPair(item) ? (item.value as Node | null) : item;
    const plain: unknown = value?.toJSON() ?? null;
    const here =
      "name" in place
        ? isPair(item) && isScalar(item.key) && item.key.value === place.name
        : typeof plain === "object" && (plain as Record<string, unknown> | null)?.command === place.item;
    if (here) return { start: startOf(item), end: endOf(item), value: plain };
  }
  return undefined;
}

const startOf = (item: Node | Pair): number => (isPair(item) ? (item.key as Node).range![0] : item.range![0]);

/** The end of the last scalar or flow collection in it. Block collections reach over the blank lines after them. */
function endOf(item: Node | Pair): number {
  let end = startOf(item);
  const look = (node: Node) => {
    if (isScalar(node) || (isCollection(node) && node.flow)) end = Math.max(end, node.range![1]);
  };
  visit(isPair(item) ? ({ items: [item] } as never) : item, { Node: (_, node) => look(node as Node) });
  if (isPair(item) && item.value) visit(item.value as Node, { Node: (_, node) => look(node as Node) });
  return end;
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;

function blockItem({ place, value }: YamlEntry, indent: string, eol: string): string {
  const fields = Object.entries(value).map(([key, field]) => `${key}: ${JSON.stringify(field)}`);
  if ("name" in place) return [`${indent}${place.name}:`, ...fields.map((field) => `${indent}  ${field}`)].join(eol);
  return fields.map((field, at) => `${indent}${at === 0 ? "- " : "  "}${field}`).join(eol);
}

const blockSection = (entry: YamlEntry, eol: string): string => `${entry.section}:${eol}${blockItem(entry, "  ", eol)}`;

const flowItem = ({ place, value }: YamlEntry): string =>
  "name" in place ? `${JSON.stringify(place.name)}: ${JSON.stringify(value)}` : JSON.stringify(value);

function jsonOf(text: string): unknown {
  const documents = parseAllDocuments(text, { schema: "core" });
  if (documents.length === 0) return {};
  return documents.length > 1 || documents[0]!.errors.length > 0 ? undefined : (documents[0]!.toJS() ?? {});
}

/** Baton writes a text only if it says everything that it said before, and the entry. */
function checked(before: string, after: string, entry: YamlEntry): Edit {
  const json = jsonOf(before) as Record<string, unknown>;
  const present = json[entry.section];
  const wanted =
    "name" in entry.place
      ? { ...(present as object | undefined), [entry.place.name]: entry.value }
      : [entry.value, ...((present as unknown[] | undefined) ?? [])];
  return equalJson(jsonOf(after), { ...json, [entry.section]: wanted }) ? ok(after) : err(cannot(entry));
}

function without(json: Record<string, unknown>, { section, place }: YamlEntry, whole: boolean): unknown {
  const others = Object.entries(json).filter(([key]) => key !== section);
  if (whole) return Object.fromEntries(others);
  const present = json[section] as Record<string, unknown> | { command?: unknown }[];
  let gone = false;
  const left = Array.isArray(present)
    ? present.filter((item) => {
        if (gone || "name" in place || item?.command !== place.item) return true;
        gone = true;
        return false;
      })
    : Object.fromEntries(Object.entries(present).filter(([key]) => !("name" in place) || key !== place.name));
  return { ...json, [section]: left };
}

const labelOf = ({ section, place }: YamlEntry): string =>
  "name" in place ? `"${place.name}" in ${section}` : `/${place.item} in ${section}`;

const notOurs = (entry: YamlEntry): EditConflict => ({
  reason: "not_ours",
  message: `${labelOf(entry)} exists already, and Baton did not write it`,
  hint: "Remove or rename it, then run this command again.",
});

const cannot = (entry: YamlEntry): EditConflict => ({
  reason: "cannot_edit",
  message: `${entry.section} is written in a form that Baton cannot change safely`,
  hint: `Change it by hand: add ${flowItem(entry)} under ${entry.section}`,
});
