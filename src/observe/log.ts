/** Above this many unread bytes on stderr, log lines are dropped, so that a reader that stalls costs no memory. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** Writes a line to stderr. stdout belongs to the protocol. */
export function log(message: string): void {
  if (process.stderr.writableLength < MAX_UNREAD_BYTES) process.stderr.write(`baton: ${message}\n`);
}
