/** Bytes that may wait for whoever reads what is logged. Who does not read misses some of it; memory is not kept for it. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** A line for whoever runs the process. stderr only: stdout belongs to the protocol. */
export function log(message: string): void {
  if (process.stderr.writableLength < MAX_UNREAD_BYTES) process.stderr.write(`baton: ${message}\n`);
}
