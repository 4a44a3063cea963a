import type { CapabilityIssue } from "../../model/capability.ts";

/** The lines between the fences, with their positions. */
export interface Block {
  readonly text: string;
  /** The line (from 1) of the opening fence: the block begins on the next. */
  readonly fenceLine: number;
  /** The line on which the body begins. */
  readonly bodyLine: number;
  /**
   * The block up to the first heading. A block without a closing fence runs on to the next `---` in the body.
   * The reader takes this one if it cannot read the whole block.
   */
  readonly untilHeading?: { readonly text: string; readonly bodyLine: number };
  readonly findings: readonly CapabilityIssue[];
}

/** Lines that may stand before the opening fence. */
const MAX_PREAMBLE_LINES = 40;
/** Beyond these, gray-matter's search for comments takes seconds: it grows with the square of blank lines. */
const MAX_BLOCK_LINES = 2_000;
const MAX_BLOCK_CHARACTERS = 64 * 1024;

const OPEN = /^([ \t]*)---[ \t]*$/;
const CLOSE = /^---[ \t]*$/;
const LONG_DASHES = /^-{4,}[ \t]*$/;
/** A name or description marks a block as a capability. */
const CLAIMS = /^["']?(?:name|description)["']?[ \t]*:/m;

/** Finds the frontmatter of a text, or says why there is none. */
export function findBlock(text: string): Block | CapabilityIssue {
  // The limit bounds the work on a huge file.
  const lines = text.split("\n", MAX_PREAMBLE_LINES + MAX_BLOCK_LINES + 3);
  const opening = findOpening(lines);
  if ("code" in opening) return opening;
  const { at, indentation, preamble, wrapper } = opening;
  const fenceLine = at + 1;
  const inner = lines.slice(at + 1, at + 2 + MAX_BLOCK_LINES).map((line) => deindent(line, indentation));
  const { close, findings } = findClose(inner, fenceLine);
  const block = blockOf(inner.slice(0, close));
  if (close >= MAX_BLOCK_LINES || block.length > MAX_BLOCK_CHARACTERS) return tooLarge(fenceLine);
  if (preamble && !CLAIMS.test(block)) return noFrontmatter();
  const bodyLine = fenceLine + 2 + close;
  if (wrapper && isSample(text.split("\n").slice(bodyLine - 1))) return noFrontmatter();
  if (preamble) {
    const mend = "Move it to the first line: other loaders do not see it.";
    findings.push(repaired("preamble", fenceLine, `the frontmatter begins on line ${fenceLine}`, mend));
  }
  if (indentation > 0) {
    findings.push(
      repaired("indented", fenceLine, "the frontmatter is indented", "Start its lines in the first column."),
    );
  }
  const heading = inner.findIndex((_, line) => line < close && isHeadingAfterBlank(inner, line));
  return {
    text: block,
    fenceLine,
    bodyLine,
    ...(heading > 0 && { untilHeading: { text: blockOf(inner.slice(0, heading)), bodyLine: fenceLine + 1 + heading } }),
    findings,
  };
}

interface Opening {
  readonly at: number;
  readonly indentation: number;
  readonly preamble: boolean;
  readonly wrapper: boolean;
}

/**
 * Finds the opening fence: on the first line, or after blank lines, one title, comments and the opener of a code fence.
 * After any other text, a fence belongs to a sample in prose.
 */
function findOpening(lines: readonly string[]): Opening | CapabilityIssue {
  let title = false;
  let wrapper = false;
  let comment = false;
  for (let at = 0; at < Math.min(lines.length, MAX_PREAMBLE_LINES + 1); at++) {
    const line = lines[at]!;
    if (comment) {
      comment = !line.includes("-->");
      continue;
    }
    const fence = OPEN.exec(line);
    if (fence) return { at, indentation: fence[1]!.length, preamble: at > 0, wrapper };
    if (/^[ \t]*---[ \t]*[^\s-]/.test(line)) return engineDirective(at + 1, line);
    const trimmed = line.trim();
    if (trimmed === "") continue;
    if (trimmed.startsWith("<!--")) {
      comment = !trimmed.includes("-->");
      if (!comment && !trimmed.endsWith("-->")) break;
    } else if (!title && /^# \S/.test(line)) title = true;
    else if (!wrapper && /^`{3,}[ \t]*[a-z]*$/i.test(trimmed)) wrapper = true;
    else break;
  }
  return noFrontmatter();
}

/** Finds the end of the block: the closing fence, or the likely end if the author forgot it. */
function findClose(inner: readonly string[], fenceLine: number): { close: number; findings: CapabilityIssue[] } {
  const close = inner.findIndex((line) => CLOSE.test(line) || LONG_DASHES.test(line));
  if (close >= 0 && CLOSE.test(inner[close]!)) return { close, findings: [] };
  const mend = 'Write a line of three dashes, "---", after the frontmatter.';
  if (close >= 0) {
    const message = "the frontmatter is closed by a long row of dashes";
    return { close, findings: [repaired("unclosed", fenceLine + 1 + close, message, mend)] };
  }
  return {
    close: endOfUnclosed(inner),
    findings: [repaired("unclosed", fenceLine, "the frontmatter is never closed", mend)],
  };
}

/** The block ends at a heading, or at a blank line before text that is no key. */
function endOfUnclosed(inner: readonly string[]): number {
  for (let at = 1; at < inner.length; at++) {
    if (isHeadingAfterBlank(inner, at)) return at;
    const line = inner[at]!;
    if (inner[at - 1]!.trim() === "" && /^[^\s<]/.test(line) && !/^["']?[\w.-]+["']?[ \t]*:(\s|$)/.test(line))
      return at;
  }
  return inner.length;
}

function isHeadingAfterBlank(inner: readonly string[], at: number): boolean {
  return at > 0 && /^(#{1,6} |<!--)/.test(inner[at]!) && inner[at - 1]!.trim() === "";
}

/** Tells whether a code fence wraps only a frontmatter sample: the fence closes right after it, and text follows. */
function isSample(body: readonly string[]): boolean {
  const next = body.findIndex((line) => line.trim() !== "");
  if (next < 0 || !/^[ \t]*`{3,}[ \t]*$/.test(body[next]!)) return false;
  return body.slice(next + 1).some((line) => line.trim() !== "");
}

// Whitespace-only lines mean nothing in YAML, but slow down gray-matter's search for comments.
const blockOf = (lines: readonly string[]): string => lines.map((line) => (line.trim() === "" ? "" : line)).join("\n");

function deindent(line: string, indentation: number): string {
  if (indentation === 0) return line;
  const blanks = line.length - line.trimStart().length;
  return line.slice(Math.min(blanks, indentation));
}

const repaired = (code: string, line: number, message: string, mend: string): CapabilityIssue => ({
  ...{ code, effect: "repaired", line, message, mend },
});

const noFrontmatter = (): CapabilityIssue => ({
  code: "no-frontmatter",
  effect: "refused",
  line: 1,
  message: "has no frontmatter",
  mend: 'Start it with a line of three dashes, then name and description, then "---"; a file without frontmatter is not a capability.',
});

const engineDirective = (line: number, text: string): CapabilityIssue => ({
  code: "engine-directive",
  effect: "refused",
  line,
  message: `the opening fence names a language (${JSON.stringify(text.trim().slice(0, 40))}): such frontmatter could run code`,
  mend: "Write only three dashes, and the frontmatter in YAML.",
});

const tooLarge = (line: number): CapabilityIssue => ({
  code: "block-too-large",
  effect: "refused",
  line,
  message: "the frontmatter is longer than 2,000 lines or 64 kB",
  mend: "Keep the name and description in it, and move the rest below it.",
});
