import { hash } from "node:crypto";
import type { RecordReading } from "../model/capability.ts";
import { readFrontmatter } from "./frontmatter/frontmatter.ts";
import { recordOf } from "./record.ts";

/**
 * What a file says of its capability, or why it has none. The same bytes at the same path give the same reading, so
 * readings can be cached. Never throws, whatever the bytes.
 */
export function readCapability(path: string, bytes: Uint8Array): RecordReading {
  const sha256 = hash("sha256", bytes, "hex");
  const { frontmatter, findings } = readFrontmatter(bytes);
  if (!frontmatter) return { mode: "strict", findings, sha256, bodyOffset: 0, bodyLine: 1 };
  const { mode, bodyOffset, bodyLine } = frontmatter;
  const { capability, findings: about } = recordOf(path, frontmatter);
  return { ...(capability && { capability }), mode, findings: [...findings, ...about], sha256, bodyOffset, bodyLine };
}
