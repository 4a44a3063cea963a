import { closeSync, constants, ftruncateSync, openSync, writeFileSync } from "node:fs";
import { FileError, openRegular } from "./file.ts";

/**
 * Files that Baton writes in directories that steps can reach, private to their user whatever the umask is: a step may have put something else in
 * their place, before or since. A pipe is not waited for, a link is not written through. All throw `FileFault`.
 */

/** A file's end, to be written to. Made if it is not there. The caller closes it. */
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

/** Puts a text in the place of whatever the file holds. */
export function writeOwn(path: string, text: string): void {
  const file = open(path, 0);
  try {
    // Not by O_TRUNC: what is opened must first be seen to be a file of its own.
    ftruncateSync(file, 0);
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** Makes an empty file for a program to write, before that program can make it with rights of its own. What is there already stays. */
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
