import { escapeControl } from "./escape-control.ts";
import { excerpt } from "./truncate.ts";

/*
 * How text that Baton did not write stands in text that it writes. A line of Baton's own begins at its margin, with
 * Baton's own words. What others wrote stands inside of a line, in quotation marks or behind a label, to the line's
 * end; or in a block, each line behind a bar or indented. So no output, name, note or message can look like a line that
 * Baton says.
 */

/** Characters of one quotation, unless its place has room for more. */
const MAX_QUOTED_CHARACTERS = 400;
const MAX_NAME_CHARACTERS = 300;

/** Text inside a line: line ends are written out. */
export const escapedLine = (text: string): string =>
  escapeControl(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");

/** Text as one quotation: an excerpt if it is longer than `max`. A quotation mark inside cannot end it. */
export const quotedLine = (text: string, max = MAX_QUOTED_CHARACTERS): string =>
  `"${escapedExcerpt(text, max).split('"').map(doubleBackslashes).join('\\"')}"`;

/** At most `max` characters when line ends are written out. What it says is left out are characters of the text itself. */
function escapedExcerpt(text: string, max: number): string {
  let room = max;
  for (;;) {
    const shown = escapedLine(excerpt(text, room));
    if (shown.length <= max || room === 0) return shown;
    // A character less frees at most six: `\u0000`.
    room = Math.max(0, room - Math.ceil((shown.length - max) / 6));
  }
}

/** A backslash before a quotation mark is doubled, so that the mark's own backslash keeps its meaning. */
function doubleBackslashes(part: string): string {
  let end = part.length;
  while (part[end - 1] === "\\") end--;
  return part + part.slice(end);
}

/** A name or path that others chose: bare if it is one word, else as a quotation. */
export const named = (name: string): string => (SINGLE_WORD.test(name) ? name : quotedLine(name, MAX_NAME_CHARACTERS));
const SINGLE_WORD = /^[\p{L}\p{N}_/.~][\p{L}\p{N}_.:@/+~-]{0,299}$/u;

/** A value inside a line: text as a quotation, anything else as JSON. */
export const quotedValue = (value: unknown, max = MAX_QUOTED_CHARACTERS): string =>
  typeof value === "string" ? quotedLine(value, max) : escapedExcerpt(JSON.stringify(value) ?? "null", max);

/** Text behind a label: in its line if it is one line, else as a block below. */
export const labelled = (label: string, text: string): string[] =>
  /[\n\r]/.test(text.trim()) ? [`${label}:`, ...quotedBlock(text)] : [`${label}: ${quotedLine(text.trim(), 2_000)}`];

/** Lines of others, each behind a bar. */
export const quotedBlock = (text: string): string[] => linesOf(text).map((line) => (line === "" ? "|" : `| ${line}`));

/** Text under a heading, each line indented further than any heading. */
export const indentedBlock = (text: string): string[] =>
  linesOf(text).map((line) => (line === "" ? "" : `    ${line}`));

/** What some programs take for the end of a line. */
const LINE_END = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g;

/** Text under a heading as data: every line is indented, and nothing is written out. */
export const indented = (text: string): string => `    ${text.replaceAll(LINE_END, (end) => `${end}    `)}`;

/** Text behind a label as data: only its line ends are written out. */
export const onOneLine = (text: string): string => text.replaceAll(LINE_END, " ");

const linesOf = (text: string): string[] => escapeControl(text).replace(/\n+$/, "").split("\n");
