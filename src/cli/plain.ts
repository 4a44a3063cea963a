import { textsIn, visible } from "../model/text/escape-control.ts";
import { inLine } from "../model/text/quoted.ts";

/** What somebody else wrote, in one line, without what would steer the terminal. */
export const plain = (text: string): string => visible(text).replaceAll("\n", " ");

/** The same of words, whose blanks say nothing. */
export const folded = (text: string): string => inLine(text.replaceAll(/\s+/g, " ").trim());

/** Answers that are texts of several lines; whoever shows them marks what others wrote in them. */
const OF_LINES: ReadonlySet<string> = new Set(["briefing", "difference", "drawing", "mermaid", "summary", "text"]);

/** A workflow that is shown as YAML, which marks its own texts. */
const isWhole = (key: string, value: unknown): boolean => key === "workflow" && typeof value === "object";

/**
 * An answer as a terminal may show it: nothing in it steers the terminal, and each text stays in its line. Whatever is drawn of an answer goes
 * through here first.
 */
export const drawable = <T>(answer: T): T =>
  textsIn(answer, inLine, (key, value) => (OF_LINES.has(key) || isWhole(key, value) ? visible : undefined));
