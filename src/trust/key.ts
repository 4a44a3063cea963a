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

/** The largest key file, in bytes: a larger file is no key. */
const MAX_KEY_BYTES = 4_096;
const SECRET_BYTES = 32;

export interface KeySource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
}

/** The absolute path of this user's trust key: from `BATON_TRUST_KEY`, else in the user's own state directory. */
export function trustKeyPath({ environment, home, cwd }: KeySource): string {
  const configured = environment.BATON_TRUST_KEY;
  if (configured !== undefined && configured !== "") return resolve(cwd, configured);
  const state = environment.XDG_STATE_HOME;
  return join(state && isAbsolute(state) ? state : join(home, ".local", "state"), "baton", "trust.key");
}

/** The trust key. It is read once, and created at first use. */
export interface TrustKey {
  /** Throws `TrustKeyError` if there is no usable key and none can be created. */
  secret(): Buffer;
}

/** Why there is no key, in a sentence for the user. */
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
    // Follows links: secrets are often mounted as links.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw keyError(path, `cannot be read: ${(error as Error).message}`);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw keyError(path, "is not a regular file");
    if ((stats.mode & 0o022) !== 0)
      throw keyError(path, "is writable by other users; run chmod 600 on it, or use another");
    if (stats.size > MAX_KEY_BYTES) throw keyError(path, `is larger than ${MAX_KEY_BYTES} bytes`);
    const bytes = Buffer.alloc(stats.size);
    const secret = bytes.subarray(0, readSync(file, bytes));
    if (secret.toString("latin1").trim() === "") throw keyError(path, "is empty");
    return secret;
  } finally {
    closeSync(file);
  }
}

/** Creates the key whole. If another process is faster, this one reads that process's key. */
function create(path: string): Buffer {
  const secret = `${randomBytes(SECRET_BYTES).toString("hex")}\n`;
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, secret, { mode: 0o600, flush: true });
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST")
      throw keyError(path, `cannot be created: ${(error as Error).message}`);
  } finally {
    rmSync(temporary, { force: true });
  }
  const made = read(path);
  if (!made) throw keyError(path, "has disappeared");
  return made;
}

const keyError = (path: string, what: string): TrustKeyError =>
  new TrustKeyError(`the trust key ${path} ${what}. Set BATON_TRUST_KEY to another file, outside the project.`);
