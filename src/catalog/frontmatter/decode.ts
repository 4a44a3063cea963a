import type { CapabilityIssue } from "../../model/capability.ts";

export interface Decoded {
  /** Without leading byte order marks, with LF line ends only. */
  readonly text: string;
  readonly findings: CapabilityIssue[];
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** Decodes bytes as UTF-8. Always returns text; a finding reports replaced bytes. */
export function decode(bytes: Uint8Array): Decoded {
  const findings: CapabilityIssue[] = [];
  let text: string;
  try {
    text = strict.decode(bytes);
  } catch {
    text = lenient.decode(bytes);
    findings.push({
      code: "not-utf8",
      effect: "repaired",
      line: text.slice(0, text.indexOf("\uFFFD")).split(/\r\n|\n|\r/).length,
      message: looksLikeUtf16(bytes)
        ? "is UTF-16, not UTF-8"
        : "contains bytes that are not UTF-8; Baton replaced them",
      mend: "Save the file as UTF-8.",
    });
  }
  // Some programs add a byte order mark to text that already has one.
  const start = text.search(/[^\uFEFF]/);
  if (start > 0) text = text.slice(start);
  return { text: text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text, findings };
}

function looksLikeUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** The byte offset of a line (from 1), with any line ends. Returns the size if the text has fewer lines. */
export function offsetOfLine(bytes: Uint8Array, line: number): number {
  let at = 0;
  for (let current = 1; current < line; current++) {
    while (at < bytes.length && bytes[at] !== 10 && bytes[at] !== 13) at++;
    if (at >= bytes.length) return bytes.length;
    at += bytes[at] === 13 && bytes[at + 1] === 10 ? 2 : 1;
  }
  return at;
}
