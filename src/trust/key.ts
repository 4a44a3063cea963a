import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";

/** A key file beyond this is something else, in bytes. */
const MAX_KEY_BYTES = 4_096;
const SECRET_BYTES = 32;

export interface KeySource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
}

/** Where this user's trust key lies: as `BATON_TRUST_KEY` says, else in the user's own state directory. Absolute. */
export function trustKeyPath({ environment, home, cwd }: KeySource): string {
  const told = environment.BATON_TRUST_KEY;
  if (told !== undefined && told !== "") return resolve(cwd, told);
  const state = environment.XDG_STATE_HOME;
  return join(state && isAbsolute(state) ? state : join(home, ".local", "state"), "baton", "trust.key");
}

/** The key, read once; made at first need. */
export interface TrustKey {
  /** Throws `KeyTrouble` if there is none and none can be made. */
  secret(): Buffer;
}

/** Why there is no key, in a sentence. Whatever needs one says so. */
export class TrustKeyError extends Error {
  override readonly name = "TrustKeyError";
}

export function trustKey(path: string): TrustKey {
  let known: Buffer | undefined;
  return {
    secret() {
      known ??= read(path) ?? create(path);
      return known;
    },
  };
}

function read(path: string): Buffer | undefined {
  let file: number;
  try {
    // A link is followed: secrets are often mounted as one.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw keyError(path, `cannot be read: ${(error as Error).message}`);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw keyError(path, "is not a regular file");
    if ((stats.mode & 0o022) !== 0) throw keyError(path, "can be written by others; chmod 600 it, or take another");
    if (stats.size > MAX_KEY_BYTES) throw keyError(path, `is larger than ${MAX_KEY_BYTES} bytes`);
    const bytes = Buffer.alloc(stats.size);
    const secret = bytes.subarray(0, readSync(file, bytes));
    if (secret.toString("latin1").trim() === "") throw keyError(path, "is empty");
    return secret;
  } finally {
    closeSync(file);
  }
}

/** Whoever is first makes it, whole; the others read what that one made. */
function create(path: string): Buffer {
  const secret = `${randomBytes(SECRET_BYTES).toString("hex")}\n`;
  const beside = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(beside, secret, { mode: 0o600, flush: true });
    linkSync(beside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST")
      throw keyError(path, `cannot be made: ${(error as Error).message}`);
  } finally {
    rmSync(beside, { force: true });
  }
  const made = read(path);
  if (!made) throw keyError(path, "has vanished");
  return made;
}

const keyError = (path: string, what: string): TrustKeyError =>
  new TrustKeyError(`the trust key ${path} ${what}. BATON_TRUST_KEY names another file for it, outside the project.`);
