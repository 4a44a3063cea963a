/** A line for whoever runs the process. stderr only: stdout belongs to the protocol. */
export function log(message: string): void {
  process.stderr.write(`baton: ${message}\n`);
}
