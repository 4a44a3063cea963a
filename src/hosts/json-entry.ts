import {
  applyEdits,
  createScanner,
  findNodeAtLocation,
  modify,
  type Node,
  type ParseError,
  parse,
  parseTree,
} from "jsonc-parser";
import { err, ok, type Result } from "../model/data/result.ts";
import { equalJson } from "../model/json.ts";
import { type Edit, type EditConflict, isOurs, lineEnd, type Plain } from "./file-edit.ts";

/** Where in a JSON file an entry belongs: `{[section]: {[name]: value}}`. */
export interface JsonEntry {
  readonly section: string;
  readonly name: string;
  readonly value: Readonly<Record<string, Plain>>;
}

/** Writes the entry first in its section. Every byte outside the entry stays, comments included. */
export function writeJson(text: string | undefined, entry: JsonEntry): Edit {
  if (text === undefined) return ok(`${whole(entry)}\n`);
  if (text.trim() === "") return ok(text + whole(entry).replaceAll("\n", lineEnd(text)));
  const root = rootOf(text);
  if (!root.ok) return root;
  const section = findNodeAtLocation(root.value, [entry.section]);
  if (section && section.type !== "object") return err(cannotEdit(entry));
  const present = section && findNodeAtLocation(section, [entry.name]);
  if (present) {
    const found = valueAt(text, present);
    if (equalJson(found, entry.value)) return ok(text);
    if (!isOurs(found, entry.value)) return err(notOurs(entry));
  }
  const after = withEntry(text, entry, root.value, present);
  const wanted = parse(text);
  wanted[entry.section] = { ...wanted[entry.section], [entry.name]: entry.value };
  return equalJson(parse(after), wanted) ? ok(after) : err(cannotEdit(entry));
}

/** Removes the entry. What the user wrote stays, an empty section included. */
export function eraseJson(text: string | undefined, entry: JsonEntry): Edit {
  if (text === undefined || text.trim() === "") return ok(text);
  const root = rootOf(text);
  if (!root.ok) return root;
  const present = findNodeAtLocation(root.value, [entry.section, entry.name]);
  if (!present) return ok(text);
  const found = valueAt(text, present);
  if (!isOurs(found, entry.value))
    return err({
      reason: "edited",
      message: `"${entry.section}"."${entry.name}" is not as Baton wrote it, so Baton leaves it`,
      hint: "If you do not need it, remove it by hand.",
    });
  const created = whole({ ...entry, value: found }).replaceAll("\n", lineEnd(text));
  if (text === `${created}\n`) return ok(undefined);
  if (text.trim() === created && text.endsWith(created)) return ok(text.slice(0, text.length - created.length));
  const after = withoutProperty(text, present.parent!);
  const wanted = parse(text);
  delete wanted[entry.section][entry.name];
  return equalJson(parse(after), wanted) ? ok(after) : err(cannotEdit(entry));
}

/** In lines of its own where the file is written so; else in the present line, which formatting would rewrite. */
function withEntry(text: string, { section, name, value }: JsonEntry, root: Node, present: Node | undefined): string {
  const unit = /^[ \t]+/.exec(text.slice(text.lastIndexOf("\n", root.children?.[0]?.offset ?? 0) + 1))?.[0] ?? "  ";
  const formattingOptions = { insertSpaces: !unit.startsWith("\t"), tabSize: unit.length, eol: lineEnd(text) };
  const edited = (options: { formattingOptions?: typeof formattingOptions }) =>
    applyEdits(text, modify(text, [section, name], value, { ...options, getInsertionIndex: () => 0 }));
  const formatted = edited({ formattingOptions });
  return replacesOnlyBlanks(text, formatted, present) ? formatted : edited({});
}

/** Whether `after` differs from `before` in one stretch that holds only blanks or `old` in `before`. */
function replacesOnlyBlanks(before: string, after: string, old: Node | undefined): boolean {
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before[start] === after[start]) start++;
  let end = 0;
  while (end < shortest - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const until = before.length - end;
  if (old) return start >= old.offset && until <= old.offset + old.length;
  return before.slice(start, until).trim() === "";
}

/**
 * The library removes comments together with a property, and formats whole lines. So this removes only the property
 * and its comma.
 */
function withoutProperty(text: string, property: Node): string {
  const start = text.slice(0, property.offset).trimEnd().length;
  const end = property.offset + property.length;
  const without = text.slice(0, start) + text.slice(end);
  const following = commaAfter(without, start);
  if (following !== undefined) return without.slice(0, following) + without.slice(following + 1);
  const siblings = property.parent!.children!;
  const before = siblings[siblings.indexOf(property) - 1];
  const comma = before && commaAfter(without, before.offset + before.length);
  return comma === undefined ? without : without.slice(0, comma) + without.slice(comma + 1);
}

/** The offset of the next comma, if only blanks and comments precede it. */
function commaAfter(text: string, offset: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  scanner.scan();
  return text[scanner.getTokenOffset()] === "," ? scanner.getTokenOffset() : undefined;
}

function rootOf(text: string): Result<Node, EditConflict> {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (root?.type === "object" && !first) return ok(root);
  const line = text.slice(0, first?.offset ?? 0).split("\n").length;
  return err({
    reason: "unreadable",
    message: first ? `is not valid JSON: line ${line}` : "is not a JSON object",
    hint: "Correct the file, then run this command again.",
  });
}

const valueAt = (text: string, { offset, length }: Node) => parse(text.slice(offset, offset + length));

const whole = ({ section, name, value }: JsonEntry): string =>
  JSON.stringify({ [section]: { [name]: value } }, undefined, 2);

const notOurs = ({ section, name }: JsonEntry): EditConflict => ({
  reason: "not_ours",
  message: `"${section}"."${name}" exists, and Baton did not write it`,
  hint: "Remove or rename it, then run this command again.",
});

const cannotEdit = ({ section, name, value }: JsonEntry): EditConflict => ({
  reason: "cannot_edit",
  message: `"${section}" is written in a form that Baton cannot change safely`,
  hint: `Change it by hand: "${section}" → "${name}": ${JSON.stringify(value)}`,
});
