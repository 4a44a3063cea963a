import type { RecordRefusal } from "../model/capability.ts";
import type { Scan } from "../model/contracts/catalog.ts";
import { findFiles } from "./find-files.ts";
import { rankSightings, type Sighting } from "./rank.ts";
import type { RecordCache } from "./record-cache.ts";
import type { CatalogRoot } from "./roots.ts";

/** The content of some roots, before ranking. */
interface Sighted {
  readonly sightings: readonly Sighting[];
  readonly refusals: readonly RecordRefusal[];
}

/** A scan, and what it was made from. */
export interface Scanned extends Sighted {
  readonly scan: Scan;
}

/**
 * Everything below some roots, the strongest first. If it equals `before`, it is `before` itself, with everything
 * derived from it.
 */
export function scanRoots<S extends Scanned>(
  roots: readonly CatalogRoot[],
  readings: RecordCache,
  before?: S,
): S | Scanned {
  const sighted = sight(roots, readings);
  readings.save();
  if (before && isSame(before, sighted)) return before;
  return { ...sighted, scan: { records: rankSightings(sighted.sightings), refusals: sighted.refusals } };
}

/** A file that several roots reach belongs to the first. */
function sight(roots: readonly CatalogRoot[], readings: RecordCache): Sighted {
  const sightings: Sighting[] = [];
  const refusals: RecordRefusal[] = [];
  const seen = new Set<string>();
  roots.forEach((root, rank) => {
    const { found: files, refusals: refused, exists } = findFiles(root);
    if (!exists && root.scope === "explicit") refusals.push({ ...missing, path: root.directory });
    for (const refusal of refused) if (once(`${refusal.code} ${refusal.path}`, seen)) refusals.push(refusal);
    for (const found of files) {
      if (!once(found.realPath, seen)) continue;
      const read = readings.of(found);
      if ("code" in read) refusals.push({ ...read, path: found.path });
      else if (read.reading.capability) {
        sightings.push({ root, rank, found, ...read, capability: read.reading.capability });
      } else {
        const why = read.reading.findings.filter(({ effect }) => effect === "refused");
        refusals.push(...why.map((finding) => ({ ...finding, path: found.path })));
      }
    }
  });
  return { sightings, refusals };
}

/** A reading stays the same object while its file stays the same. */
function isSame(a: Sighted, b: Sighted): boolean {
  return (
    a.sightings.length === b.sightings.length &&
    a.refusals.length === b.refusals.length &&
    a.sightings.every((one, at) => {
      const other = b.sightings[at]!;
      const { found, root } = other;
      return one.reading === other.reading && one.found.path === found.path && one.root.directory === root.directory;
    }) &&
    a.refusals.every((one, at) => {
      const other = b.refusals[at]!;
      return one.path === other.path && one.code === other.code && one.message === other.message;
    })
  );
}

function once(key: string, seen: Set<string>): boolean {
  return !seen.has(key) && seen.add(key) !== undefined;
}

const missing = {
  code: "root-missing",
  effect: "refused",
  message: "does not exist",
  mend: "Correct the path, or remove it from the roots.",
} as const;
