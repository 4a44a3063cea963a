import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import type { Kept } from "../model/checkpoint.ts";
import type { RawPath } from "./command.ts";
import { onDisk, parentOf } from "./path.ts";
import type { WorkTreeLocation } from "./place.ts";

/**
 * Of files that are about to be created, those whose place is taken, by something that git does not show: an ignored file, or a directory or
 * a file that is none of git's. Whatever is about to be deleted is not in the way.
 */
export async function blockedPaths(
  { top }: WorkTreeLocation,
  created: readonly RawPath[],
  deleted: ReadonlySet<RawPath>,
): Promise<Map<RawPath, Kept["why"]>> {
  const taken = new Map<RawPath, Kept["why"]>();
  const looked = new Map<RawPath, "there" | "to be made" | "closed">([["", "there"]]);

  /** Whether files can be put into a directory. Below what is yet to be made there is nothing; behind a link there may seem to be. */
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

  /** Whether nothing would be left in a directory. */
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
