import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { JsonValue } from "../../model/workflow.ts";
import type { Locate, Path } from "../diagnostics/diagnostics.ts";
import { duplicatesIn, duplicatesInJson } from "./duplicate-keys.ts";
import { type JsonError, toJson } from "./to-json.ts";
import { yamlLimitError } from "./yaml-depth.ts";

/** Where a workflow comes from: YAML or JSON text, or a value. `intent` names one intent of the file. */
export type Source =
  | { readonly text: string; readonly file?: string; readonly intent?: string }
  | { readonly value: unknown };

export interface SourceData {
  /** JSON data; `undefined` if the source has no value or cannot be read. */
  readonly value: JsonValue | undefined;
  readonly locate: Locate;
  /** Errors in the text itself: syntax, duplicate keys, size. */
  readonly errors: readonly Diagnostic[];
  /** Values that JSON cannot hold. */
  readonly jsonErrors: readonly JsonError[];
  readonly warnings: readonly Diagnostic[];
}

/** Above this size `JSON.parse` alone reads the text: duplicate keys are not searched. */
const LARGE_JSON_CHARACTERS = 1_000_000;
/** Errors, and also warnings, that are listed for one text. */
const MAX_LISTED = 100;
/** Anchors and aliases of one text. For each alias the library searches all anchors. */
const MAX_ALIASES = 2_000;
const NO_LOCATION: Locate = () => undefined;

/** Reads a source into JSON data, with a function that locates any value of it in the text. */
export function readSource(source: Source): SourceData {
  if (!("text" in source)) return fromValue(source.value, NO_LOCATION);
  const { file } = source;
  const text = source.text.replace(/^\uFEFF/, "");
  const json = readJson(text);
  if (json === undefined) return readYaml(text, file);
  let known: ParsedText | undefined;
  const places = (): ParsedText => {
    known ??= parseCached(text);
    return known;
  };
  const read = fromValue(json.value, (path, on) => places().locate(path, on));
  if (text.length > LARGE_JSON_CHARACTERS) return read;
  // JSON.parse keeps the last of several equal keys. Baton accepts everything else that it accepts.
  const duplicates = duplicatesInJson(text).slice(0, MAX_LISTED).map(duplicateAt);
  return { ...read, errors: duplicates.map((error) => toDiagnostic(error, lineCounter(text), file)) };
}

function readJson(text: string): { value: unknown } | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function readYaml(text: string, file: string | undefined): SourceData {
  const places = parseCached(text);
  const warnings = places.warnings
    .slice(0, MAX_LISTED)
    .map((warning) => toDiagnostic(warning, places.lineOf, file, "warning"));
  if (places.errors.length > 0) {
    const problems = places.errors.slice(0, MAX_LISTED).map((error) => toDiagnostic(error, places.lineOf, file));
    return { value: undefined, locate: places.locate, errors: problems, jsonErrors: [], warnings };
  }
  let value: unknown;
  try {
    value = places.document?.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // Aliases without an anchor are found before. What still throws are aliases that expand into too much data.
    const message = `the text cannot be read: ${(error as Error).message}`;
    const problem: Diagnostic = {
      severity: "error",
      code: "syntax",
      message,
      at: { ...(file !== undefined && { file }) },
    };
    return { value: undefined, locate: places.locate, errors: [problem], jsonErrors: [], warnings };
  }
  return { ...fromValue(value, places.locate), warnings };
}

function fromValue(raw: unknown, locate: Locate): SourceData {
  const { value, problems } = toJson(raw);
  return { value, locate, errors: [], jsonErrors: problems, warnings: [] };
}

interface SyntaxProblem {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

interface ParsedText {
  /** Absent if the text exceeds a limit, so that the library must not parse it. */
  readonly document: Document.Parsed | undefined;
  readonly errors: readonly SyntaxProblem[];
  readonly warnings: readonly SyntaxProblem[];
  readonly locate: Locate;
  readonly lineOf: (offset: number) => { line: number; column: number };
}

/** The texts parsed last. Listing templates parses each text several times. */
const recent = new Map<string, ParsedText>();
/** Total length of the cached texts. */
const MAX_CACHED_CHARACTERS = 300_000;

function parseCached(text: string): ParsedText {
  const known = recent.get(text);
  recent.delete(text);
  const places = known ?? parseYaml(text);
  if (text.length <= MAX_CACHED_CHARACTERS / 10) recent.set(text, places);
  let size = [...recent.keys()].reduce((sum, one) => sum + one.length, 0);
  for (const one of recent.keys()) {
    if (size <= MAX_CACHED_CHARACTERS) break;
    recent.delete(one);
    size -= one.length;
  }
  return places;
}

function parseYaml(text: string): ParsedText {
  const lines = new LineCounter();
  const lineOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const much = yamlLimitError(text);
  if (much !== undefined) {
    const { message, offset } = much;
    const errors = [{ code: "TOO_MUCH", message, pos: [offset, offset] as const }];
    return { document: undefined, errors, warnings: [], lineOf, locate: NO_LOCATION };
  }
  // The core schema has no timestamps, so dates stay text.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    uniqueKeys: false,
    schema: "core",
    logLevel: "error",
  });
  const errors: SyntaxProblem[] = [...document.errors, ...duplicatesIn(document).map(duplicateAt)];
  if (errors.length === 0) {
    const anchors = new Set<string>();
    let aliases = 0;
    visit(document, {
      Node(_, node) {
        if (!isAlias(node) && node.anchor !== undefined) anchors.add(node.anchor);
        if ((isAlias(node) || node.anchor !== undefined) && ++aliases > MAX_ALIASES) {
          const [start = 0, end = 0] = node.range ?? [];
          const message = `More than ${MAX_ALIASES} anchors and aliases are not supported. Write the workflow as JSON, without them`;
          errors.push({ code: "TOO_MUCH", message, pos: [start, end] });
          return visit.BREAK;
        }
        if (isAlias(node) && !anchors.has(node.source)) {
          const [start, end] = node.range ?? [0, 0];
          const message = `Alias *${node.source} has no anchor before it`;
          errors.push({ code: "UNRESOLVED_ALIAS", message, pos: [start, end] });
        }
      },
    });
  }
  return {
    document,
    errors,
    warnings: document.warnings,
    lineOf,
    locate: (path, on) => {
      const offset = offsetOf(document, path, on);
      return offset === undefined ? undefined : lineOf(offset);
    },
  };
}

/** Offset of the value at a path, or of its key. For a missing field, the offset of the nearest container. */
function offsetOf(document: Document.Parsed, path: Path, on: "key" | "value"): number | undefined {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const [depth, part] of path.entries()) {
    let next: unknown;
    let key: unknown;
    const inside = isAlias(node) ? node.resolve(document) : node;
    if (isSeq(inside) && typeof part === "number") next = inside.items[part];
    else if (isMap(inside)) {
      const pair = inside.items.find(({ key }) => (isScalar(key) ? String(key.value) === part : false));
      key = pair?.key;
      next = pair?.value ?? pair?.key;
    }
    if (next === undefined) break;
    offset = startOf(depth === path.length - 1 && on === "key" && key !== undefined ? key : next) ?? offset;
    node = next;
  }
  return offset;
}

const duplicateAt = (offset: number): SyntaxProblem => ({
  ...{ code: "DUPLICATE_KEY", message: "Map keys must be unique", pos: [offset, offset] },
});

/** Line and column for a text that `JSON.parse` read, which counts no lines. */
const lineCounter =
  (text: string): ParsedText["lineOf"] =>
  (offset) => {
    const before = text.slice(0, offset);
    return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
  };

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function toDiagnostic(
  { code, message, pos }: SyntaxProblem,
  lineOf: ParsedText["lineOf"],
  file: string | undefined,
  severity: Diagnostic["severity"] = "error",
): Diagnostic {
  const sentence =
    code === "MULTIPLE_DOCS" ? "The file contains several documents; write one workflow per file" : message;
  const text = sentence.charAt(0).toLowerCase() + sentence.slice(1);
  return {
    severity,
    code: code === "DUPLICATE_KEY" ? "duplicate" : "syntax",
    message: text,
    at: { ...(file !== undefined && { file }), ...lineOf(pos[0]) },
  };
}
