/** What a look at the file system gives, or `undefined` if nothing is there. Whatever else goes wrong is thrown. */
export function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
