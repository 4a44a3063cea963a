import type { Stats } from "node:fs";
import type { Capability, CapabilityRecord, RecordReading } from "../model/capability.ts";
import type { FoundFile } from "./find-files.ts";
import type { CatalogRoot } from "./roots.ts";

/** A capability where it was found. */
export interface Sighting {
  readonly root: CatalogRoot;
  /** The root's rank. The smallest is the strongest. */
  readonly rank: number;
  readonly found: FoundFile;
  readonly stats: Pick<Stats, "size" | "mtimeMs">;
  readonly reading: RecordReading;
  readonly capability: Capability;
}

/**
 * Records, the strongest first: by root, then by priority, then by path. Of several with the same kind and slug the
 * first is meant. The others stay, and say what shadows them.
 */
export function rankSightings(sightings: readonly Sighting[]): CapabilityRecord[] {
  const ranked = [...sightings].sort(
    (a, b) =>
      a.rank - b.rank ||
      b.capability.priority - a.capability.priority ||
      (a.found.relativePath < b.found.relativePath ? -1 : 1),
  );
  const winners = new Map<string, string>();
  const ids = new Map<string, number>();
  return ranked.map((sighting) => {
    const { kind, slug } = sighting.capability;
    const base = `${kind}:${sighting.root.namespace}/${slug}`;
    const before = ids.get(base) ?? 0;
    ids.set(base, before + 1);
    // A slug holds no tilde, so these are unique.
    const id = before === 0 ? base : `${base}~${before + 1}`;
    const name = `${kind}:${slug}`;
    const shadowedBy = winners.get(name);
    if (shadowedBy === undefined) winners.set(name, id);
    return recordOf(sighting, id, shadowedBy);
  });
}

/** File systems hold times that no calendar has. */
const instant = (ms: number): string => new Date(Math.max(-8.64e15, Math.min(8.64e15, ms))).toISOString();

function recordOf(
  { root, found, stats, reading, capability }: Sighting,
  id: string,
  shadowedBy?: string,
): CapabilityRecord {
  const { mode, findings, sha256, bodyOffset, bodyLine } = reading;
  return {
    ...capability,
    id,
    path: found.path,
    source: {
      root: root.directory,
      scope: root.scope,
      namespace: root.namespace,
      relativePath: found.relativePath,
      realPath: found.realPath,
      sha256,
      bytes: stats.size,
      modified: instant(stats.mtimeMs),
      bodyOffset,
      bodyLine,
    },
    parse: { mode, findings },
    ...(shadowedBy !== undefined && { shadowedBy }),
  };
}
