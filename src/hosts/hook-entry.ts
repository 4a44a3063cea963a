import { findNodeAtLocation, type Node, type ParseError, parse, parseTree } from "jsonc-parser";
import { err, ok, type Result } from "../model/data/result.ts";
import { equalJson } from "../model/json.ts";
import { type Edit, type EditConflict, lineEnd } from "./file-edit.ts";

/**
 * A hook in the settings of Claude Code: an item of the list `hooks.<event>`. Other hooks stay as they are, byte for
 * byte.
 */
export interface HookEntry {
  readonly event: string;
  readonly matcher: string;
  readonly command: string;
  /** Seconds. */
  readonly timeout: number;
  /** Whether some Baton wrote a command, from wherever it ran. */
  ours(command: string): boolean;
}

const SECTION = "hooks";

/**
 * Puts the item first in its list. A list or section that Baton makes has white space behind its bracket, and one that
 * was there gets none: that tells later what to take out (decision 13).
 */
export function writeHook(text: string | undefined, entry: HookEntry): Edit {
  if (text === undefined) return ok(`${wholeFile(entry, "\n")}\n`);
  const eol = lineEnd(text);
  if (text.trim() === "") return ok(text + wholeFile(entry, eol));
  const read = readHooks(text, entry);
  if (!read.ok) return read;
  const { root, section, list, found } = read.value;
  if (found) {
    const value: unknown = parse(text.slice(found.offset, found.offset + found.length));
    if (equalJson(value, itemOf(entry))) return ok(text);
    if (!isUnchanged(value, entry)) return err(edited(entry));
    const after =
      text.slice(0, found.offset) + json(itemOf(entry), unitOf(text), 3, eol) + text.slice(found.offset + found.length);
    return checked(after, text, entry);
  }
  const unit = unitOf(text);
  const place = list ?? section ?? root;
  const level = list ? 2 : section ? 1 : 0;
  const body = list
    ? json(itemOf(entry), unit, 3, eol)
    : section
      ? `${JSON.stringify(entry.event)}: ${json([itemOf(entry)], unit, 2, eol)}`
      : `${JSON.stringify(SECTION)}: ${json({ [entry.event]: [itemOf(entry)] }, unit, 1, eol)}`;
  const at = place.offset + 1;
  const others = (place.children ?? []).length > 0;
  // In a line of its own where the others are.
  const ownLine = others && /^[ \t]*\r?\n/.test(text.slice(at));
  const added = ownLine ? `${eol}${unit.repeat(level + 1)}${body},` : `${body}${others ? ", " : ""}`;
  return checked(text.slice(0, at) + added + text.slice(at), text, entry);
}

/** Takes the item out, with the list and the section that Baton made for it. */
export function eraseHook(text: string | undefined, entry: HookEntry): Edit {
  if (text === undefined || text.trim() === "") return ok(text);
  const read = readHooks(text, entry);
  if (!read.ok) return read;
  const { root, section, list, found } = read.value;
  if (!found) return ok(text);
  const value: unknown = parse(text.slice(found.offset, found.offset + found.length));
  if (!isUnchanged(value, entry)) return err(edited(entry));
  const created = wholeFile({ ...entry, command: commandOf(value) }, lineEnd(text));
  if (text === `${created}\n`) return ok(undefined);
  if (text.trim() === created && text.endsWith(created)) return ok(text.slice(0, text.length - created.length));
  const made = (node: Node) => node.children!.length === 1 && /\s/.test(text[node.offset + 1]!);
  const listIsOurs = made(list!);
  const sectionIsOurs = listIsOurs && made(section!);
  const gone = sectionIsOurs ? section!.parent! : listIsOurs ? list!.parent! : found;
  const after = without(text, gone);
  const wanted = parse(text);
  if (sectionIsOurs) delete wanted[SECTION];
  else if (listIsOurs) delete wanted[SECTION][entry.event];
  else wanted[SECTION][entry.event].splice(list!.children!.indexOf(found), 1);
  return root && equalJson(parse(after), wanted) ? ok(after) : err(cannotEdit(entry));
}

/** Removes an item or a property, with its comma and the blanks that Baton put around it. */
function without(text: string, { offset, length }: Node): string {
  const before = text.slice(0, offset);
  const after = text.slice(offset + length);
  const comma = /^\s*,/.exec(after)?.[0];
  const lead = /\r?\n[ \t]*$/.exec(before)?.[0] ?? "";
  if (comma !== undefined) {
    const rest = after.slice(comma.length);
    return lead === "" ? before + rest.replace(/^ /, "") : before.slice(0, before.length - lead.length) + rest;
  }
  // The last of several: the comma before it goes, too.
  return before.replace(/,\s*$/, "") + after;
}

interface Hooks {
  readonly root: Node;
  readonly section?: Node | undefined;
  readonly list?: Node | undefined;
  /** The item of Baton's. */
  readonly found?: Node | undefined;
}

function readHooks(text: string, entry: HookEntry): Result<Hooks, EditConflict> {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (root?.type !== "object" || first) {
    const line = text.slice(0, first?.offset ?? 0).split("\n").length;
    const message = first ? `is not valid JSON: line ${line}` : "is not a JSON object";
    return err({ reason: "unreadable", message, hint: "Correct the file, then run this command again." });
  }
  const section = findNodeAtLocation(root, [SECTION]);
  const list = section && findNodeAtLocation(root, [SECTION, entry.event]);
  if ((section && section.type !== "object") || (list && list.type !== "array")) return err(cannotEdit(entry));
  const found = list?.children?.find((item) =>
    commandsOf(parse(text.slice(item.offset, item.offset + item.length))).some((command) => entry.ours(command)),
  );
  return ok({ root, section, list, found });
}

const itemOf = ({ matcher, command, timeout }: HookEntry) => ({
  matcher,
  hooks: [{ type: "command", command, timeout }],
});

/** Whether an item is as some Baton wrote it. Where that Baton ran from may differ. */
const isUnchanged = (item: unknown, entry: HookEntry): boolean =>
  equalJson(item, itemOf({ ...entry, command: commandOf(item) }));

const commandOf = (item: unknown): string => commandsOf(item)[0] ?? "";

function commandsOf(item: unknown): string[] {
  const { hooks } = (item ?? {}) as { readonly hooks?: unknown };
  if (!Array.isArray(hooks)) return [];
  return hooks.flatMap((hook: unknown) => {
    const { command } = (hook ?? {}) as { readonly command?: unknown };
    return typeof command === "string" ? [command] : [];
  });
}

/** The text, if it says what the old one said and the item, and nothing else. */
function checked(after: string, before: string, entry: HookEntry): Edit {
  const wanted = parse(before);
  const list: unknown[] = wanted[SECTION]?.[entry.event] ?? [];
  const others = list.filter((item) => !commandsOf(item).some((command) => entry.ours(command)));
  const at = list.length === others.length ? 0 : list.findIndex((item) => !others.includes(item));
  const all = [...others.slice(0, at), itemOf(entry), ...others.slice(at)];
  wanted[SECTION] = { ...wanted[SECTION], [entry.event]: all };
  return equalJson(parse(after), wanted) ? ok(after) : err(cannotEdit(entry));
}

const unitOf = (text: string): string => /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";

/** JSON whose further lines are indented by `level` units. */
const json = (value: unknown, unit: string, level: number, eol: string): string =>
  JSON.stringify(value, undefined, unit).replaceAll("\n", `${eol}${unit.repeat(level)}`);

const wholeFile = (entry: HookEntry, eol: string): string =>
  JSON.stringify({ [SECTION]: { [entry.event]: [itemOf(entry)] } }, undefined, 2).replaceAll("\n", eol);

const edited = ({ event }: HookEntry): EditConflict => ({
  reason: "edited",
  message: `the hook in "${SECTION}"."${event}" is not as Baton wrote it, so Baton leaves it`,
  hint: "If you do not need it, remove it by hand.",
});

const cannotEdit = (entry: HookEntry): EditConflict => ({
  reason: "cannot_edit",
  message: `"${SECTION}"."${entry.event}" is written in a form that Baton cannot change safely`,
  hint: `Change it by hand: "${SECTION}" → "${entry.event}": ${JSON.stringify([itemOf(entry)])}`,
});
