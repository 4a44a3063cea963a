import type { Finding } from "../../model/capability.ts";

export interface Decoded {
  /** Without byte order marks at the beginning, and with LF line ends only. */
  readonly text: string;
  readonly findings: Finding[];
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes as text. Any bytes give text; `findings` say what had to be replaced. */
export function decode(bytes: Uint8Array): Decoded {
  const findings: Finding[] = [];
  let text: string;
  try {
    text = strict.decode(bytes);
  } catch {
    text = lenient.decode(bytes);
    findings.push({
      code: "not-utf8",
      effect: "repaired",
      line: text.slice(0, text.indexOf("\uFFFD")).split(/\r\n|\n|\r/).length,
      message: looksLikeUtf16(bytes) ? "is UTF-16, not UTF-8" : "holds bytes that are not UTF-8; they were replaced",
      mend: "Save the file as UTF-8.",
    });
  }
  // Programs that add a mark to text that has one leave several behind.
  const start = text.search(/[^\uFEFF]/);
  if (start > 0) text = text.slice(start);
  return { text: text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text, findings };
}

function looksLikeUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** The byte at which a line (from 1) begins, with any line ends; the size if there is no such line. */
export function offsetOfLine(bytes: Uint8Array, line: number): number {
  let at = 0;
  for (let current = 1; current < line; current++) {
    while (at < bytes.length && bytes[at] !== 10 && bytes[at] !== 13) at++;
    if (at >= bytes.length) return bytes.length;
    at += bytes[at] === 13 && bytes[at + 1] === 10 ? 2 : 1;
  }
  return at;
}
