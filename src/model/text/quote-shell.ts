/** A word as a POSIX shell reads it back. */
export const quoteShell = (word: string): string =>
  /^[\w.:=@/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
