import { escapeControl } from "./escape-control.ts";
import { escapedLine } from "./quoted.ts";

/** Puts untrusted text on one line, with control characters escaped. */
export const plain = (text: string): string => escapeControl(text).replaceAll("\n", " ");

/** As `plain`, with each run of whitespace folded into one space. */
export const folded = (text: string): string => escapedLine(text.replaceAll(/\s+/g, " ").trim());
