import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import type { KeptPath } from "../model/checkpoint.ts";
import type { RawPath } from "./command.ts";
import { onDisk, parentOf } from "./path.ts";
import type { WorkTreeLocation } from "./place.ts";

/**
 * Returns the paths in `created` that something already occupies: an ignored file, or a file or directory that git
 * does not track. Paths in `deleted` do not block.
 */
export async function blockedPaths(
  { top }: WorkTreeLocation,
  created: readonly RawPath[],
  deleted: ReadonlySet<RawPath>,
): Promise<Map<RawPath, KeptPath["why"]>> {
  const taken = new Map<RawPath, KeptPath["why"]>();
  const looked = new Map<RawPath, "there" | "to be made" | "closed">([["", "there"]]);

  /** Tells whether a restore can put files into a directory. `closed`: a file or a link stands in its place. */
  const look = async (directory: RawPath): Promise<"there" | "to be made" | "closed"> => {
    const known = looked.get(directory);
    if (known !== undefined) return known;
    const above = await look(parentOf(directory));
    const found = above === "there" ? await kindOf(directory) : "none";
    const gives = found === "none" || (found === "other" && deleted.has(directory));
    const state = above === "closed" ? above : found === "directory" ? "there" : gives ? "to be made" : "closed";
    looked.set(directory, state);
    return state;
  };

  const kindOf = async (path: RawPath): Promise<"none" | "directory" | "other"> => {
    const found = await lookAt(onDisk(top, path));
    return found === undefined ? "none" : found.isDirectory() ? "directory" : "other";
  };

  /** Tells whether the deletions leave a directory without files. */
  const empties = async (directory: RawPath): Promise<boolean> => {
    for (const entry of await readdir(onDisk(top, directory), { withFileTypes: true, encoding: "buffer" })) {
      const path = `${directory}/${entry.name.toString("latin1")}`;
      if (!(entry.isDirectory() ? await empties(path) : deleted.has(path))) return false;
    }
    return true;
  };

  for (const path of created) {
    const above = await look(parentOf(path));
    if (above === "closed") taken.set(path, "in_the_way");
    if (above !== "there") continue;
    const found = await kindOf(path);
    if (found === "other") taken.set(path, "ignored");
    else if (found === "directory" && !(await empties(path))) taken.set(path, "in_the_way");
  }
  return taken;
}

async function lookAt(path: Buffer): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
