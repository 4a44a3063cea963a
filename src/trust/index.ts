import { createHash } from "node:crypto";
import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import type { Trust } from "../model/trust.ts";
import { readRegularFile } from "../system/file.ts";
import { replaceFile } from "../system/replace-file.ts";
import { type TrustKey, TrustKeyError } from "./key.ts";
import { configDigest, readMark, sameSignature, signature, writeMark } from "./mark.ts";

export interface TrustOptions {
  /** The state directory. It may not exist yet. */
  readonly directory: string;
  readonly key: TrustKey;
  /** The user id of this process; `undefined` where the system has none. */
  readonly uid: number | undefined;
  /**
   * An entry of the state directory that git tracks, if there is one. `entries`: by default those that Baton writes.
   */
  readonly tracked: (entries?: readonly string[]) => string | undefined;
  /** As `Clock.elapsed`. */
  readonly elapsed: () => number;
}

/** How long the answer of `tracked` is cached, in milliseconds. */
const TRACKED_CACHE_MS = 30_000;
const MAX_PROOF_BYTES = 256;
const MAX_DEFINITION_BYTES = 256 * 1024 * 1024;

/** Judges the content of a state directory by this user's key: the proofs beside its runs, and its own mark. */
export function createTrust({ directory, key, uid, tracked, elapsed }: TrustOptions): Trust {
  const runOf = (id: string) => join(directory, "runs", id);
  const proofOf = (id: string) => join(runOf(id), "proof");
  const proofFor = (id: string, definition: Uint8Array) =>
    signature(key.secret(), "run", id, createHash("sha256").update(definition).digest("hex"), realPathOf(directory));
  const marked = () => readMark(key, directory, realPathOf(directory));
  /** Whether the owner is this user, or the user whom the mark admits by id. */
  const isOwn = ({ uid: owner }: Stats) => uid === undefined || owner === uid || marked()?.uid === owner;
  /** The runs with a valid proof, and the version of the definition file that it was checked with. */
  const proven = new Map<string, string>();
  const trackedCache: { at?: number; found?: string | undefined } = {};
  const trackedNow = () => {
    if (trackedCache.at === undefined || elapsed() - trackedCache.at > TRACKED_CACHE_MS) {
      trackedCache.found = tracked();
      trackedCache.at = elapsed();
    }
    return trackedCache.found;
  };

  const directoryProblem = (): string | undefined => {
    const runs = join(directory, "runs");
    // The state directory itself may be a link that the user made. If it came with the repository, git tracks it.
    const places = [
      [directory, statSync(directory, { throwIfNoEntry: false })] as const,
      [runs, statsOf(runs)] as const,
    ];
    for (const [place, stats] of places) {
      if (!stats) continue;
      if (!stats.isDirectory()) return `${place} is not a directory`;
      if (!isOwn(stats)) return `${place} belongs to another user (${stats.uid}). ${trustHint(directory)}`;
      if ((stats.mode & 0o022) !== 0)
        return `${place} is writable by other users. Look at it, then run chmod -R go-w on it`;
    }
    const file = trackedNow();
    if (file === undefined) return undefined;
    const advice = "Remove it from the repository (git rm -r --cached), or choose another with --state or BATON_STATE";
    return `git tracks ${file}, so everyone who can change the repository can change it. ${advice}`;
  };

  return {
    refusal: () =>
      orKeyMessage(() => {
        key.secret();
        return directoryProblem();
      }),
    foreign: (id) =>
      orKeyMessage(() => {
        const written = fileVersion(join(runOf(id), "definition.json"));
        if (written !== undefined && proven.get(id) === written) return undefined;
        const stats = statsOf(runOf(id));
        if (!stats?.isDirectory()) return "its directory is not a directory";
        if (!isOwn(stats)) return `its directory belongs to another user (${stats.uid})`;
        const proof = readRegularFile(proofOf(id), MAX_PROOF_BYTES);
        if (!("bytes" in proof)) return "it has no proof that this user's Baton created it";
        const definition = readRegularFile(join(runOf(id), "definition.json"), MAX_DEFINITION_BYTES);
        if (!("bytes" in definition)) return `its definition ${definition.message}`;
        const proves = sameSignature(proof.bytes.toString("utf8"), proofFor(id, definition.bytes));
        if (proves && written !== undefined) proven.set(id, written);
        return proves ? undefined : "its proof belongs to another user, place or definition";
      }),
    prove: (id, definition) => proofFor(id, Buffer.from(definition)),
    marked: () => withKey(() => marked() !== undefined),
    coversConfig: () =>
      withKey(() => {
        const mark = marked();
        if (!mark) return false;
        // The user may have written config.json since the mark. If git tracks it, a pull may have brought it.
        if (mark.config === null) return tracked(["config.json"]) === undefined;
        return mark.config === configDigest(directory);
      }),
    mark() {
      try {
        const stats = statSync(directory);
        writeMark(key.secret(), directory, realPathOf(directory), stats.uid, null);
      } catch (error) {
        // A caller that wants to run something learns of this from `refusal`.
        if (!(error instanceof TrustKeyError)) throw error;
      }
    },
    admitRun(id) {
      const definition = readRegularFile(join(runOf(id), "definition.json"), MAX_DEFINITION_BYTES);
      if (!("bytes" in definition)) throw new Error(`the definition of ${id} ${definition.message}`);
      replaceFile(proofOf(id), proofFor(id, definition.bytes));
    },
    admit() {
      writeMark(key.secret(), directory, realPathOf(directory), statSync(directory).uid, configDigest(directory));
    },
  };
}

const trustHint = (directory: string): string => `Look at it, then admit it with \`baton trust ${directory}\``;

/** The real path of a directory; the given path if it does not exist yet. */
function realPathOf(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}

const statsOf = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });

function withKey(judge: () => boolean): boolean {
  try {
    return judge();
  } catch (error) {
    if (error instanceof TrustKeyError) return false;
    throw error;
  }
}

function fileVersion(path: string): string | undefined {
  const stats = statsOf(path);
  return stats && `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
}

/** Returns the key's error as the answer: without a key, Baton cannot tell what belongs to this user. */
function orKeyMessage(judge: () => string | undefined): string | undefined {
  try {
    return judge();
  } catch (error) {
    if (error instanceof TrustKeyError) return error.message;
    throw error;
  }
}
