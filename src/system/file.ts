import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";

/** Why Baton does not read or write a file that others may have put there. */
export type FileReason = "absent" | "not_a_file" | "too_large" | "unreadable";

/** A file that Baton cannot use. `code` is that of a file system error, so that callers can check both alike. */
export class FileError extends Error {
  override readonly name = "FileError";

  constructor(
    readonly reason: FileReason,
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

export type FileRead =
  | { readonly bytes: Buffer; readonly stats: Stats }
  | { readonly reason: FileReason; readonly message: string };

export interface ReadOptions {
  /** A buffer for the bytes, if they fit, so that reading many files needs no memory for each. */
  readonly buffer?: Buffer;
  /** Whether the path may be a link, for files that users keep as links. Its target must be a regular file. */
  readonly follow?: boolean;
}

/**
 * Opens a regular file that others may have put there. It never waits, as the open of a pipe would. It follows a link
 * only with `follow`, and closes anything but a regular file at once. Throws `FileError`.
 *
 * @param flags further open flags, such as `O_WRONLY | O_APPEND`
 */
export function openRegular(
  path: string,
  flags: number,
  follow = false,
): { readonly file: number; readonly stats: Stats } {
  const file = openOrExplain(path, flags | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW));
  try {
    const stats = fstatSync(file);
    if (stats.isFile()) return { file, stats };
    throw new FileError(
      "not_a_file",
      `is ${kindOf(stats)}, not a regular file`,
      stats.isDirectory() ? "EISDIR" : "EINVAL",
    );
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function openOrExplain(path: string, flags: number): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new FileError("absent", "does not exist", code);
    // ELOOP: a link without `follow`. ENXIO: a pipe without reader, or a socket. EISDIR: a directory opened for
    // writing.
    if (code === "ELOOP") throw new FileError("not_a_file", "is a link, not a regular file", code);
    if (code === "ENXIO") throw new FileError("not_a_file", "is a pipe, socket or device, not a regular file", code);
    if (code === "EISDIR") throw new FileError("not_a_file", "is a directory, not a regular file", code);
    throw new FileError("unreadable", message, code);
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

/** Reads a regular file of at most `maxBytes` bytes, whole. */
export function readRegularFile(
  path: string,
  maxBytes: number,
  { buffer, follow = false }: ReadOptions = {},
): FileRead {
  try {
    const { file, stats } = openRegular(path, constants.O_RDONLY, follow);
    try {
      if (stats.size > maxBytes) return { reason: "too_large", message: `is larger than ${maxBytes} bytes` };
      const bytes =
        buffer && stats.size <= buffer.length ? buffer.subarray(0, stats.size) : Buffer.allocUnsafe(stats.size);
      return { bytes: bytes.subarray(0, readAt(file, bytes, null)), stats };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { reason: error instanceof FileError ? error.reason : "unreadable", message: (error as Error).message };
  }
}

/** Reads a regular file of at most `maxBytes` bytes as text. Invalid UTF-8 becomes U+FFFD. Throws `FileError`. */
export function readTextFile(path: string, maxBytes: number, options?: ReadOptions): string {
  const read = readRegularFile(path, maxBytes, options);
  if ("bytes" in read) return read.bytes.toString("utf8");
  throw new FileError(read.reason, `${path} ${read.message}`, CODES[read.reason]);
}

const CODES = { absent: "ENOENT", not_a_file: "EINVAL", too_large: "EFBIG", unreadable: "EIO" } as const;

/** Fills `bytes` from a position on, or from the current one, up to the end of the file. Returns how many were read. */
export function readAt(file: number, bytes: Uint8Array, position: number | null): number {
  let length = 0;
  while (length < bytes.length) {
    const at = position === null ? null : position + length;
    const read = readSync(file, bytes, length, bytes.length - length, at);
    if (read === 0) break;
    length += read;
  }
  return length;
}
