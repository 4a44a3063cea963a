import { lstatSync, type Stats } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { type Git, GitError, type RawPath } from "./command.ts";
import { onDisk } from "./path.ts";
import type { Scratch } from "./private-git-dir.ts";

/** The index entry of a regular file. */
export interface Tracked {
  readonly mode: string;
  readonly object: string;
}

/** A work tree and the index to compare it with. */
interface Looked {
  readonly git: Git;
  readonly bench: Scratch;
  readonly top: string;
  readonly index: string;
}

/** Files whose bytes on disk differ from their git objects only by conversion. */
export interface ConvertedFiles {
  /** Files that git reports as unchanged, but whose bytes differ from their objects. */
  readonly converted: ReadonlyMap<RawPath, Tracked>;
  /** Files that look changed, but equal their objects after git converts them. */
  readonly same: ReadonlyMap<RawPath, Tracked>;
}

/**
 * Baton records at most this many bytes of converted files.
 * Git LFS files may be many and large, and Baton stores each content whole.
 */
const MAX_CONVERTED_BYTES = 1024 ** 3;
/** After this many files, the event loop gets a turn. */
const FILES_PER_TURN = 500;

/**
 * Finds files whose bytes differ from their git objects by line endings, encodings or filters such as Git LFS.
 * Git reports such a file as unchanged without reading it, so a checkpoint of git's objects alone would miss its bytes.
 *
 * Converted line endings and `$Id$` change the size. Attributes name the encodings and filters.
 */
export async function findConvertedFiles(
  looked: Looked,
  tracked: ReadonlyMap<RawPath, Tracked>,
  changed: ReadonlySet<RawPath>,
): Promise<ConvertedFiles> {
  const [sizes, { filtered, encoded }] = await Promise.all([sizesOf(looked, tracked), attributesOf(looked, tracked)]);
  const converted = new Map<RawPath, Tracked>();
  const candidates = new Map<RawPath, Tracked>();
  let total = 0;
  let looks = 0;
  for (const [path, file] of tracked) {
    if (++looks % FILES_PER_TURN === 0) await setImmediate();
    const found = lookAt(onDisk(looked.top, path));
    if (!found?.isFile()) continue;
    const otherwise = encoded.has(path) || found.size !== sizes.get(file.object);
    if (changed.has(path)) {
      if (otherwise && !filtered.has(path)) candidates.set(path, file);
    } else if (otherwise || filtered.has(path)) {
      converted.set(path, file);
      total += found.size;
    }
  }
  if (total > MAX_CONVERTED_BYTES) {
    const message = `files in ${looked.top} that git filters or converts hold ${total} bytes; Baton records at most ${MAX_CONVERTED_BYTES} of them`;
    throw new GitError("failed", message);
  }
  return { converted, same: await sameOnceConverted(looked, candidates) };
}

/** Sizes in bytes. A missing object, as in a partial clone, has none. */
async function sizesOf({ git, bench, top }: Looked, tracked: ReadonlyMap<RawPath, Tracked>) {
  const sizes = new Map<string, number>();
  const objects = [...new Set([...tracked.values()].map(({ object }) => object))];
  if (objects.length === 0) return sizes;
  const text = `${objects.join("\n")}\n`;
  const args = ["cat-file", "--batch-check=%(objectname) %(objectsize)"];
  const each = (line: string) => {
    const [object, size] = line.split(" ") as [string, string];
    if (size !== "missing") sizes.set(object, Number(size));
  };
  await git.list(args, { cwd: top, through: bench.exact, text }, each, "\n");
  return sizes;
}

async function attributesOf({ git, bench, top, index }: Looked, tracked: ReadonlyMap<RawPath, Tracked>) {
  const named = { filter: new Set<RawPath>(), "working-tree-encoding": new Set<RawPath>() };
  const asked = { cwd: top, index, through: bench.converting, paths: [...tracked.keys()] };
  let record: string[] = [];
  await git.list(["check-attr", "-z", "--stdin", ...Object.keys(named)], asked, (field) => {
    record.push(field);
    if (record.length < 3) return;
    const [path, attribute, value] = record as [RawPath, keyof typeof named, string];
    record = [];
    if (!["unspecified", "unset", "set", ""].includes(value)) named[attribute].add(path);
  });
  return { filtered: named.filter, encoded: named["working-tree-encoding"] };
}

async function sameOnceConverted(
  { git, bench, top, index }: Looked,
  candidates: ReadonlyMap<RawPath, Tracked>,
): Promise<Map<RawPath, Tracked>> {
  // Git reads one name per line, and unquotes a line that begins with a quote.
  const paths = [...candidates.keys()].filter((path) => !path.includes("\n") && !path.startsWith('"'));
  const same = new Map<RawPath, Tracked>();
  if (paths.length === 0) return same;
  const text = Buffer.from(paths.map((path) => `${path}\n`).join(""), "latin1");
  let next = 0;
  try {
    const asked = { cwd: top, index, through: bench.converting, text };
    await git.list(
      ["hash-object", "--stdin-paths"],
      asked,
      (object) => {
        const path = paths[next++]!;
        const file = candidates.get(path)!;
        if (file.object === object) same.set(path, file);
      },
      "\n",
    );
  } catch (error) {
    // One unreadable file ends the command. The remaining files count as changed, so no restore overwrites them.
    if (!(error instanceof GitError) || error.reason !== "failed") throw error;
  }
  return same;
}

function lookAt(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
