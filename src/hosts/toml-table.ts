import { parse } from "smol-toml";
import { err, ok, type Result } from "../model/data/result.ts";
import { equalJson } from "../model/json.ts";
import { type Edit, type EditConflict, isOurs, lineEnd, type Plain } from "./file-edit.ts";

/** A table of a TOML file: `[section.name]`. */
export interface TomlTable {
  readonly section: string;
  readonly name: string;
  readonly value: Readonly<Record<string, Plain>>;
}

/**
 * Writes the table last in the file, after an empty line. A file without a final line end gets none: that tells how it
 * was.
 */
export function writeToml(text: string | undefined, table: TomlTable): Edit {
  if (text === undefined || text === "") return ok(lines(table, "\n") + (text === undefined ? "\n" : ""));
  const read = readToml(text);
  if (!read.ok) return read;
  const present = entryOf(read.value, table);
  if (equalJson(present, table.value)) return ok(text);
  if (present !== undefined) {
    if (!isOurs(present, table.value)) return err(notOurs(table));
    const erased = eraseToml(text, table);
    return erased.ok ? writeToml(erased.value, table) : erased;
  }
  const eol = lineEnd(text);
  const after = text.endsWith("\n") ? `${text}${eol}${lines(table, eol)}${eol}` : text + eol + eol + lines(table, eol);
  const { section, name, value } = table;
  const wanted = { ...read.value, [section]: { ...(read.value[section] as object | undefined), [name]: value } };
  return equalJson(jsonOf(after), wanted) ? ok(after) : err(cannot(table));
}

export function eraseToml(text: string | undefined, table: TomlTable): Edit {
  if (text === undefined || text === "") return ok(text);
  const read = readToml(text);
  if (!read.ok) return read;
  const present = entryOf(read.value, table);
  if (present === undefined) return ok(text);
  if (!isOurs(present, table.value))
    return err({
      reason: "edited",
      message: `[${table.section}.${table.name}] is not as Baton wrote it, so Baton leaves it`,
      hint: "If you do not need it, remove it by hand.",
    });
  const left = Object.entries(read.value[table.section] as object).filter(([name]) => name !== table.name);
  const others = Object.fromEntries(Object.entries(read.value).filter(([section]) => section !== table.section));
  // A section may have been declared by itself. It then stays, without tables.
  const declared = { ...others, [table.section]: Object.fromEntries(left) };
  for (const span of spansOf(text, table)) {
    const after = withoutLines(text, span);
    const found = jsonOf(after ?? "");
    if (equalJson(found, declared) || (left.length === 0 && equalJson(found, others))) return ok(after);
  }
  return err(cannot(table));
}

/**
 * From the header to the last of its fields; the last such place first, since one may also lie in a multi-line text.
 * What comes after, comments included, belongs to others.
 */
function spansOf(text: string, { section, name, value }: TomlTable): { start: number; end: number }[] {
  const field = new RegExp(`^(?:${Object.keys(value).join("|")}) *=.*(?:\\r?\\n|$)`);
  return [...text.matchAll(new RegExp(`^\\[${section}\\.${name}\\][ \\t]*(?:\\r?\\n|$)`, "gm"))]
    .toReversed()
    .map((header) => {
      let end = header.index + header[0].length;
      for (let line = field.exec(text.slice(end)); line; line = field.exec(text.slice(end))) end += line[0].length;
      return { start: header.index, end };
    });
}

function withoutLines(text: string, { start, end }: { start: number; end: number }): string | undefined {
  const [before, after] = [text.slice(0, start), text.slice(end)];
  if (/\n$/.test(text.slice(start, end))) {
    const left = before.replace(/(^|\n)\r?\n$/, "$1") + after;
    return left === "" ? undefined : left;
  }
  return before.replace(/\r?\n\r?\n$/, "");
}

const lines = ({ section, name, value }: TomlTable, eol: string): string =>
  [
    `[${section}.${name}]`,
    ...Object.entries(value).map(([key, field]) =>
      Array.isArray(field)
        ? `${key} = [${field.map((one) => JSON.stringify(one)).join(", ")}]`
        : `${key} = ${JSON.stringify(field)}`,
    ),
  ].join(eol);

function readToml(text: string): Result<Record<string, unknown>, EditConflict> {
  try {
    return ok(parse(text));
  } catch (error) {
    const [message] = (error as Error).message.split("\n");
    return err({
      reason: "unreadable",
      message: `is not valid TOML: ${message}`,
      hint: "Correct the file, then run this command again.",
    });
  }
}

function jsonOf(text: string): unknown {
  const read = readToml(text);
  return read.ok ? read.value : undefined;
}

function entryOf(value: Record<string, unknown>, { section, name }: TomlTable): unknown {
  const tables = value[section];
  return typeof tables === "object" && tables !== null ? (tables as Record<string, unknown>)[name] : undefined;
}

const notOurs = ({ section, name }: TomlTable): EditConflict => ({
  reason: "not_ours",
  message: `[${section}.${name}] exists already, and Baton did not write it`,
  hint: "Remove or rename it, then run this command again.",
});

const cannot = (table: TomlTable): EditConflict => ({
  reason: "cannot_edit",
  message: `[${table.section}.${table.name}] cannot be changed safely`,
  hint: `Change it by hand:\n${lines(table, "\n")}`,
});
