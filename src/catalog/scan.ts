import { lstatSync, type Stats } from "node:fs";
import type { CapabilityRecord, Refusal } from "../model/capability.ts";
import type { Scan } from "../model/catalog.ts";
import { rankSightings, type Sighting } from "./rank.ts";
import type { Readings } from "./readings.ts";
import type { Root } from "./roots.ts";
import { unreadable, walk } from "./walk.ts";

/** Everything below some roots, the strongest first. A file that several of them reach belongs to the first. */
export function scanRoots(roots: readonly Root[], readings: Readings): Scan {
  const sightings: Sighting[] = [];
  const refusals: Refusal[] = [];
  const seen = new Set<string>();
  roots.forEach((root, rank) => {
    const { found: files, refusals: refused, exists } = walk(root);
    if (!exists && root.scope === "explicit") refusals.push({ ...missing, path: root.directory });
    for (const refusal of refused) if (once(`${refusal.code} ${refusal.path}`, seen)) refusals.push(refusal);
    for (const found of files) {
      if (!once(found.realPath, seen)) continue;
      let stats: Stats;
      try {
        stats = lstatSync(found.realPath);
      } catch (error) {
        refusals.push({ ...unreadable("file", error), path: found.path });
        continue;
      }
      const reading = readings.of(found, stats);
      if ("code" in reading) refusals.push({ ...reading, path: found.path });
      else if (reading.capability) {
        sightings.push({ root, rank, found, stats, reading: { ...reading, capability: reading.capability } });
      } else {
        const why = reading.findings.filter(({ effect }) => effect === "refused");
        refusals.push(...why.map((finding) => ({ ...finding, path: found.path })));
      }
    }
  });
  readings.save();
  return { records: rankSightings(sightings), refusals };
}

/** Whether two scans found the same, so that what was made of the first still holds. */
export function sameScan(a: Scan, b: Scan): boolean {
  return (
    a.records.length === b.records.length &&
    a.refusals.length === b.refusals.length &&
    a.records.every((one, at) => {
      const other = b.records[at]!;
      return one.id === other.id && one.path === other.path && same(one.source, other.source);
    }) &&
    a.refusals.every((one, at) => {
      const other = b.refusals[at]!;
      return one.path === other.path && one.code === other.code && one.message === other.message;
    })
  );
}

const same = (a: CapabilityRecord["source"], b: CapabilityRecord["source"]): boolean =>
  a.sha256 === b.sha256 && a.modified === b.modified && a.realPath === b.realPath && a.scope === b.scope;

function once(key: string, seen: Set<string>): boolean {
  return !seen.has(key) && seen.add(key) !== undefined;
}

const missing = {
  code: "root-missing",
  effect: "refused",
  message: "does not exist",
  mend: "Correct the path, or take it out of the roots.",
} as const;
