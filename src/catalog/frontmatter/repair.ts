import { KNOWN_KEYS, SPEAKERS } from "./known-keys.ts";
import { readYaml } from "./yaml.ts";

interface Section {
  readonly key: string;
  /** The lines, beginning with that of the key. */
  readonly lines: string[];
}

const KEY_LINE = /^(["']?)([A-Za-z_][\w.-]{0,63})\1[ \t]*:(?=[ \t]|$)/;

/**
 * Reads a block that is not YAML as its author meant it: it is cut at the lines that begin with a key, and each
 * section is parsed alone. A section that is still not YAML counts as text. Of equal keys, the first wins.
 */
export function repairBlock(block: string): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null);
  for (const { key, lines } of sections(block)) {
    if (!(key in fields)) fields[key] = readSection(key, lines);
  }
  return fields;
}

function sections(block: string): Section[] {
  const found: Section[] = [];
  for (const line of block.split("\n")) {
    const key = keyOf(line, found.at(-1)?.key);
    if (key !== undefined) found.push({ key, lines: [line] });
    else found.at(-1)?.lines.push(line);
  }
  return found;
}

/** The key that begins a line. Inside a description, where anything may stand, only a known key counts. */
function keyOf(line: string, within: string | undefined): string | undefined {
  const key = KEY_LINE.exec(line)?.[2];
  if (key === undefined || SPEAKERS.has(key.toLowerCase()) || key === "__proto__") return undefined;
  return KNOWN_KEYS.has(key) || within !== "description" ? key : undefined;
}

function readSection(key: string, lines: readonly string[]): unknown {
  const read = readYaml(lines.join("\n"));
  if ("map" in read && Object.hasOwn(read.map, key)) return read.map[key];
  const first = lines[0]!.slice(KEY_LINE.exec(lines[0]!)![0].length).trim();
  const rest = lines.slice(1);
  const items = [first, ...rest.map((line) => line.trim())].filter((line) => line !== "");
  // A list that begins on the key's own line.
  if (items.length > 0 && key !== "description" && items.every((item) => /^- +\S/.test(item))) {
    return items.map((item) => unquoted(item.slice(1).trim()));
  }
  const text = /^[|>][+-]?\d?$/.test(first) ? rest : [first, ...rest];
  return unquoted(text.join("\n").trim());
}

function unquoted(text: string): string {
  const quote = text[0];
  if (text.length < 2 || (quote !== '"' && quote !== "'") || text.at(-1) !== quote) return text;
  const inner = text.slice(1, -1);
  return quote === '"' ? inner.replaceAll('\\"', '"') : inner.replaceAll("''", "'");
}
