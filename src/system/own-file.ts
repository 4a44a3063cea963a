import { closeSync, constants, ftruncateSync, openSync, writeFileSync } from "node:fs";
import { FileError, openRegular } from "./file.ts";

/**
 * Writes Baton's own files in directories that steps can reach. They are private to the user, whatever the umask. A
 * step may have put anything in their place at any time, so Baton never waits for a pipe and never writes through a
 * link. All functions throw `FileError`.
 */

/** Opens a file for appending, and creates it if it does not exist. The caller closes it. */
export function openAppend(path: string): number {
  return open(path, constants.O_APPEND);
}

export function appendOwn(path: string, text: string | Uint8Array): void {
  const file = openAppend(path);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** Replaces the content of a file in place. */
export function writeOwn(path: string, text: string): void {
  const file = open(path, 0);
  try {
    // O_TRUNC would truncate before `open` has checked that this is a regular file.
    ftruncateSync(file, 0);
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

/**
 * Creates an empty private file before a program creates it with wider permissions. Keeps whatever is there already.
 */
export function createIfAbsent(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (code !== "EEXIST") throw new FileError("unreadable", message, code);
  }
}

function open(path: string, flags: number): number {
  try {
    return openRegular(path, constants.O_WRONLY | constants.O_CREAT | flags).file;
  } catch (error) {
    if (!(error instanceof FileError) || error.reason !== "not_a_file") throw error;
    throw new FileError(error.reason, `${path} ${error.message}`, error.code);
  }
}
