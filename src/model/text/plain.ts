import { visible } from "./escape-control.ts";
import { inLine } from "./quoted.ts";

/** Puts untrusted text on one line, with control characters escaped. */
export const plain = (text: string): string => visible(text).replaceAll("\n", " ");

/** As `plain`, with each run of whitespace folded into one space. */
export const folded = (text: string): string => inLine(text.replaceAll(/\s+/g, " ").trim());
