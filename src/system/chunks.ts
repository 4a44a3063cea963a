import { closeSync, constants, read } from "node:fs";
import { promisify } from "node:util";
import { openRegular } from "./file.ts";

/** So small that going through one takes no time that anybody notices, and so large that the way to it does not count. */
export const CHUNK_BYTES = 64 * 1024;

const readInto = promisify(read);

/**
 * A file's bytes from its beginning, as far as it went when it was opened, piece by piece. Between two pieces everything else gets its turn, and no
 * more than one is in memory: it is overwritten by the next, so whoever keeps a part of it must copy it. Throws `FileFault`.
 */
export async function* readChunks(path: string): AsyncGenerator<Buffer, void> {
  const { file, stats } = openRegular(path, constants.O_RDONLY);
  const room = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, stats.size));
  try {
    for (let position = 0; position < stats.size; ) {
      const { bytesRead } = await readInto(file, room, 0, Math.min(room.length, stats.size - position), position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield room.subarray(0, bytesRead);
    }
  } finally {
    closeSync(file);
  }
}
