import { lstatSync, type Stats } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { type Git, GitError, type RawPath } from "./command.ts";
import { onDisk } from "./path.ts";
import type { Scratch } from "./private-git-dir.ts";

/** A regular file as an index has it. */
export interface Tracked {
  readonly mode: string;
  readonly object: string;
}

/** Where to look: a work tree through an index. */
interface Looked {
  readonly git: Git;
  readonly bench: Scratch;
  readonly top: string;
  readonly index: string;
}

/** What an index knows of files, and how far the disk has something else than the objects that it names. */
export interface ConvertedFiles {
  /** Files that are as git left them, or as it took them, and hold other bytes than its objects do. */
  readonly converted: ReadonlyMap<RawPath, Tracked>;
  /** Files that look changed, and are not once git has converted them. */
  readonly same: ReadonlyMap<RawPath, Tracked>;
}

/**
 * The most that is recorded of files for being converted, in bytes. Those of Git LFS may be many and large, and each is recorded whole, once
 * for each content.
 */
const MAX_CONVERTED_BYTES = 1024 ** 3;
/** So many looks at files, then everybody else's turn. */
const FILES_PER_TURN = 500;

/**
 * Finds the files whose bytes are not those that git has of them: line endings, encodings, filters such as that of Git LFS. Git takes such a
 * file for unchanged without reading it, so nothing would tell that a checkpoint of git's objects does not hold it.
 *
 * Line endings and `$Id$` are converted into something shorter, so the size tells. Of encodings and filters nothing is known but that they
 * are named by attributes.
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

/** Of an object that is not there, as in a partial clone, there is no size. */
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
  // Each name is a line, or a quoted text.
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
    // One that cannot be read ends it. The others then count as changed, which keeps them from being overwritten.
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
