import { lstatSync, type Stats } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { type Git, GitTrouble, type RawPath } from "./command.ts";
import { onDisk } from "./path.ts";
import type { Bench } from "./private-git-dir.ts";

/** A regular file in an index. */
export interface Tracked {
  readonly mode: string;
  readonly object: string;
}

/** Where to look: a work tree through an index. */
interface Looked {
  readonly git: Git;
  readonly bench: Bench;
  readonly top: string;
  readonly index: string;
}

/** What an index knows of files, and where the disk differs from the objects that it names. */
export interface Forms {
  /** Files that are as git left or took them, but hold other bytes than their objects. */
  readonly converted: ReadonlyMap<RawPath, Tracked>;
  /** Files that look changed, and are not once git has converted them. */
  readonly same: ReadonlyMap<RawPath, Tracked>;
}

/**
 * The most bytes recorded because of conversion. Files of Git LFS may be many and large; each is recorded whole, once
 * per content.
 */
const MOST = 1024 ** 3;
/** How many files are looked at before other work gets a turn. */
const LOOKS = 500;

/**
 * Finds files whose bytes differ from git's: line endings, encodings, filters such as Git LFS. Git takes such a file
 * for unchanged without reading it, so nothing else would reveal that a checkpoint of git's objects lacks it.
 *
 * Line endings and `$Id$` convert into something shorter, so the size tells. Of encodings and filters, only the
 * attributes that name them are known.
 */
export async function findForms(
  looked: Looked,
  tracked: ReadonlyMap<RawPath, Tracked>,
  changed: ReadonlySet<RawPath>,
): Promise<Forms> {
  const [sizes, { filtered, encoded }] = await Promise.all([sizesOf(looked, tracked), attributesOf(looked, tracked)]);
  const converted = new Map<RawPath, Tracked>();
  const candidates = new Map<RawPath, Tracked>();
  let total = 0;
  let looks = 0;
  for (const [path, file] of tracked) {
    if (++looks % LOOKS === 0) await setImmediate();
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
  if (total > MOST) {
    const message = `files in ${looked.top} that git filters or converts hold ${total} bytes; Baton records at most ${MOST} of them`;
    throw new GitTrouble("failed", message);
  }
  return { converted, same: await sameOnceConverted(looked, candidates) };
}

/** A missing object, as in a partial clone, has no size. */
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
  // Each name is a line, or quoted text.
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
    // An unreadable file ends the list. The others then count as changed, which protects them from being overwritten.
    if (!(error instanceof GitTrouble) || error.reason !== "failed") throw error;
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
