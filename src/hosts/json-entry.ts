import { createScanner, findNodeAtLocation, type Node, type ParseError, parse, parseTree } from "jsonc-parser";
import { err, ok, type Result } from "../model/result.ts";
import { type Edit, type EditConflict, isOurs, lineEnd, type Plain, same } from "./file-edit.ts";

/** Where in a JSON file an entry belongs: `{[section]: {[name]: value}}`. */
export interface JsonEntry {
  readonly section: string;
  readonly name: string;
  readonly value: Readonly<Record<string, Plain>>;
}

/**
 * Puts the entry first in its section, so that everything else stays as it is, comments and all. How it is written tells `eraseJson` what
 * was there: white space before it in braces means that these braces are ours.
 */
export function writeJson(text: string | undefined, entry: JsonEntry): Edit {
  if (text === undefined) return ok(`${whole(entry, "\n")}\n`);
  if (text.trim() === "") return ok(text + whole(entry, lineEnd(text)));
  const root = rootOf(text);
  if (!root.ok) return root;
  const eol = lineEnd(text);
  const section = findNodeAtLocation(root.value, [entry.section]);
  const present = section && findNodeAtLocation(section, [entry.name]);
  if (present) {
    const found: unknown = parse(text.slice(present.offset, present.offset + present.length));
    if (same(found, entry.value)) return ok(text);
    if (!isOurs(found, entry.value)) return err(notOurs(entry));
    const old = text.slice(present.offset, present.offset + present.length);
    const young = old.includes("\n")
      ? multiLine(entry.value, indentOf(text, present.parent!.offset), unitOf(text, root.value), eol)
      : oneLine(entry.value);
    return checked(text, splice(text, present.offset, old.length, young), entry);
  }
  if (section && section.type !== "object") return err(cannot(entry));
  const unit = unitOf(text, root.value);
  if (section) {
    const [first] = section.children!;
    if (!first)
      return checked(text, insert(text, section, `${JSON.stringify(entry.name)}: ${oneLine(entry.value)}`), entry);
    const { lead, indent } = leadOf(text, section, first, eol);
    const value = lead.includes("\n") ? multiLine(entry.value, indent, unit, eol) : oneLine(entry.value);
    return checked(text, insert(text, section, `${lead}${JSON.stringify(entry.name)}: ${value},`), entry);
  }
  const [first] = root.value.children!;
  if (!first) return checked(text, insert(text, root.value, sectionText(entry, "", unit, eol)), entry);
  const { lead, indent } = leadOf(text, root.value, first, eol);
  const compact = `${JSON.stringify(entry.section)}: { ${JSON.stringify(entry.name)}: ${oneLine(entry.value)} }`;
  const added = lead.includes("\n") ? sectionText(entry, indent, unit, eol) : compact;
  return checked(text, insert(text, root.value, `${lead}${added},`), entry);
}

/** Takes the entry out again. What somebody else wrote, or changed since, stays. */
export function eraseJson(text: string | undefined, entry: JsonEntry): Edit {
  if (text === undefined || text.trim() === "") return ok(text);
  const root = rootOf(text);
  if (!root.ok) return root;
  const section = findNodeAtLocation(root.value, [entry.section]);
  const present = section && findNodeAtLocation(section, [entry.name]);
  if (!section || !present) return ok(text);
  const found = parse(text.slice(present.offset, present.offset + present.length));
  if (!isOurs(found, entry.value))
    return err({
      reason: "edited",
      message: `"${entry.section}"."${entry.name}" is not as Baton writes it, and stays`,
      hint: "If nobody needs it, remove it by hand.",
    });
  const asOurs = { ...entry, value: found };
  const created = whole(asOurs, lineEnd(text));
  if (text === `${created}\n`) return ok(undefined);
  if (text.trim() === created && text.endsWith(created)) return ok(text.slice(0, text.length - created.length));
  const property = present.parent!;
  const before = text.slice(section.offset + 1, property.offset);
  const ownBraces =
    section.children!.length === 1 &&
    before !== "" &&
    text.slice(section.offset + 1, section.offset + section.length - 1).trim() ===
      text.slice(property.offset, property.offset + property.length);
  const after = remove(text, ownBraces ? section.parent! : property);
  return same(parse(after), without(parse(text), entry, ownBraces)) ? ok(after) : err(cannot(entry));
}

/** Takes a property out: with the white space and the comma that came with it. */
function remove(text: string, property: Node): string {
  const braces = property.parent!;
  const at = braces.children!.indexOf(property);
  const start = text.slice(0, property.offset).trimEnd().length;
  const end = property.offset + property.length;
  const comma = commaAfter(text, end);
  if (comma !== undefined) return splice(splice(text, comma, 1, ""), start, end - start, "");
  const before = at === 0 ? undefined : braces.children![at - 1]!;
  const without = splice(text, start, end - start, "");
  if (!before) return without;
  return splice(without, commaAfter(text, before.offset + before.length)!, 1, "");
}

/** Where the comma after an offset is, if nothing but blanks and comments come before it. */
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
    message: first ? `is not JSON: line ${line}` : "is not a JSON object",
    hint: "Mend it, and call this again.",
  });
}

/** What comes before a new first property: what comes before the present one, if that is white space. */
function leadOf(text: string, braces: Node, first: Node, eol: string): { lead: string; indent: string } {
  const lead = text.slice(braces.offset + 1, first.offset);
  if (lead.trim() === "") return { lead, indent: lead.slice(lead.lastIndexOf("\n") + 1) };
  const indent = indentOf(text, first.offset);
  return { lead: eol + indent, indent };
}

const indentOf = (text: string, offset: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset))![0];

/** By how much the file indents. */
function unitOf(text: string, root: Node): string {
  const [first] = root.children!;
  return (first && indentOf(text, first.offset)) || "  ";
}

const whole = (entry: JsonEntry, eol: string): string =>
  JSON.stringify({ [entry.section]: { [entry.name]: entry.value } }, undefined, 2).replaceAll("\n", eol);

const sectionText = (entry: JsonEntry, indent: string, unit: string, eol: string): string =>
  `${JSON.stringify(entry.section)}: ${multiLine({ [entry.name]: entry.value }, indent, unit, eol)}`;

const multiLine = (value: Plain, indent: string, unit: string, eol: string): string =>
  JSON.stringify(value, undefined, unit).replaceAll("\n", eol + indent);

const oneLine = (value: Plain): string => JSON.stringify(value, undefined, 1).replace(/\n\s*/g, " ");

const splice = (text: string, at: number, length: number, young: string): string =>
  text.slice(0, at) + young + text.slice(at + length);

const insert = (text: string, braces: Node, young: string): string => splice(text, braces.offset + 1, 0, young);

/** Only a text that says all that it said, and the entry, is written. */
function checked(before: string, after: string, entry: JsonEntry): Edit {
  const wanted = parse(before);
  wanted[entry.section] = { ...wanted[entry.section], [entry.name]: entry.value };
  return same(parse(after), wanted) ? ok(after) : err(cannot(entry));
}

function without(
  value: Record<string, Record<string, unknown>>,
  { section, name }: JsonEntry,
  ownBraces: boolean,
): unknown {
  if (ownBraces) return Object.fromEntries(Object.entries(value).filter(([key]) => key !== section));
  return { ...value, [section]: Object.fromEntries(Object.entries(value[section]!).filter(([key]) => key !== name)) };
}

const notOurs = ({ section, name }: JsonEntry): EditConflict => ({
  reason: "not_ours",
  message: `"${section}"."${name}" is there already, and is not as Baton writes it`,
  hint: "Remove or rename it, and call this again.",
});

const cannot = ({ section, name, value }: JsonEntry): EditConflict => ({
  reason: "cannot_edit",
  message: `"${section}" is written in a way that cannot be changed safely`,
  hint: `Change it by hand: "${section}" → "${name}": ${oneLine(value)}`,
});
