import { closeSync, constants, read } from "node:fs";
import { promisify } from "node:util";
import { openRegular } from "./file.ts";

/**
 * The size of a chunk, in bytes: small enough not to block the process, large enough that the cost of a read is low.
 */
export const CHUNK_BYTES = 64 * 1024;

const readInto = promisify(read);

/**
 * Reads a file in chunks, up to the size that it had when it was opened. Other work runs between two chunks. The next
 * chunk overwrites the last one in memory, so a caller that keeps a part must copy it. Throws `FileError`.
 */
export async function* readChunks(path: string): AsyncGenerator<Buffer, void> {
  const { file, stats } = openRegular(path, constants.O_RDONLY);
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, stats.size));
  try {
    for (let position = 0; position < stats.size; ) {
      const { bytesRead } = await readInto(file, buffer, 0, Math.min(buffer.length, stats.size - position), position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    closeSync(file);
  }
}
