import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";

export type FileRead =
  | { readonly bytes: Uint8Array; readonly stats: Stats }
  | { readonly reason: "not_a_file" | "too_large" | "unreadable"; readonly message: string };

/**
 * Reads a regular file of at most `most` bytes, whole. What has become a link, a pipe or a device since it was looked at is not followed,
 * waited for or read.
 *
 * @param room what the bytes are put into if they fit, so that reading many files needs no memory for each
 */
export function readRegularFile(path: string, most: number, room?: Buffer): FileRead {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    return { reason: "unreadable", message: (error as Error).message };
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return { reason: "not_a_file", message: "is not a regular file" };
    if (stats.size > most) return { reason: "too_large", message: `is larger than ${most} bytes` };
    const bytes = room && stats.size <= room.length ? room.subarray(0, stats.size) : Buffer.allocUnsafe(stats.size);
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length === bytes.length) break;
    }
    return { bytes: bytes.subarray(0, length), stats };
  } catch (error) {
    return { reason: "unreadable", message: (error as Error).message };
  } finally {
    closeSync(file);
  }
}
