import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { readRegularFile } from "../system/file.ts";
import { replaceFile } from "../system/replace-file.ts";
import type { TrustKey } from "./key.ts";

/** The mark of a state directory. The signature covers all of it and the directory's real path. */
const Mark = z.object({
  version: z.literal(1),
  /** The user id of the directory's owner. */
  uid: z.number().int(),
  /** SHA-256 of its `config.json`; null: it had none, or Baton had just created the directory. */
  config: z.string().nullable(),
  signature: z.string(),
});
type Mark = z.infer<typeof Mark>;

const MAX_MARK_BYTES = 4_096;
const MAX_CONFIG_BYTES = 1024 * 1024;

/** A signature that needs the key. `about` keeps a signature of one kind from passing for another kind. */
export const signature = (secret: Buffer, about: "run" | "directory", ...parts: readonly string[]): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify([`baton ${about} 1`, ...parts]))
    .digest("hex");

export function sameSignature(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const markSignature = (secret: Buffer, realPath: string, uid: number, config: string | null): string =>
  signature(secret, "directory", realPath, String(uid), config ?? "");

export const markPath = (directory: string): string => join(directory, "trust.json");

export function writeMark(secret: Buffer, directory: string, realPath: string, uid: number, config: string | null) {
  const mark: Mark = { version: 1, uid, config, signature: markSignature(secret, realPath, uid, config) };
  replaceFile(markPath(directory), `${JSON.stringify(mark)}\n`, { flush: true });
}

/** The mark of a directory, if it was signed with this key for this directory. */
export function readMark(key: TrustKey, directory: string, realPath: string): Omit<Mark, "signature"> | undefined {
  const read = readRegularFile(markPath(directory), MAX_MARK_BYTES);
  if (!("bytes" in read)) return undefined;
  let mark: Mark;
  try {
    mark = Mark.parse(JSON.parse(read.bytes.toString("utf8")));
  } catch {
    return undefined;
  }
  return sameSignature(mark.signature, markSignature(key.secret(), realPath, mark.uid, mark.config)) ? mark : undefined;
}

/** The SHA-256 of the directory's `config.json`, as its mark records it; null: there is none. */
export function configDigest(directory: string): string | null {
  const read = readRegularFile(join(directory, "config.json"), MAX_CONFIG_BYTES);
  return "bytes" in read ? createHash("sha256").update(read.bytes).digest("hex") : null;
}
