import { homedir } from "node:os";
import { createFileStore, type FileStoreOptions } from "../../src/store/file/index.ts";
import { createTrust } from "../../src/trust/index.ts";
import { trustKey, trustKeyPath } from "../../src/trust/key.ts";

/** The trust of the processes that a test starts: `vitest.config.ts` gives them all one key. */
export const trustIn = (directory: string) =>
  createTrust({
    directory,
    key: trustKey(trustKeyPath({ environment: process.env, home: homedir(), cwd: process.cwd() })),
    uid: process.getuid?.(),
    tracked: () => undefined,
    elapsed: () => performance.now(),
  });

/** The store of a state directory, as the program opens it. */
export const storeIn = (directory: string, rest: Partial<FileStoreOptions> = {}) =>
  createFileStore({ directory, staleAfter: 15_000, now: Date.now, trust: trustIn(directory), ...rest });
