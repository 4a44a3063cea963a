import type { Catalog } from "../model/contracts/catalog.ts";
import { needsOver } from "./match-needs.ts";
import { findIn, namesOf, nearestIn } from "./names.ts";
import { RecordCache } from "./record-cache.ts";
import { type CatalogRoot, explicitRoot, projectOf, rootsOf } from "./roots.ts";
import { type Scanned, scanRoots } from "./scan.ts";
import { searchOver } from "./search.ts";

export interface CatalogOptions {
  /** Directories that the catalog reads before the usual ones. */
  readonly roots: readonly string[];
  /** A directory in the default project. */
  readonly project: string;
  readonly home?: string | undefined;
  /** The directory that holds this program's own `agents` and `skills`. */
  readonly shipped?: string | undefined;
  /** The file in which parsed files outlive the process. */
  readonly cacheFile?: string | undefined;
  readonly version: string;
  readonly now: () => number;
}

/** The catalog reuses a scan of up to this age. */
const SCAN_MAX_AGE_MS = 2_000;
/** Scans in memory, with their indexes. */
const MAX_CACHED_VIEWS = 8;

export function createCatalog({
  roots,
  project: usual,
  home,
  shipped,
  cacheFile,
  version,
  now,
}: CatalogOptions): Catalog {
  const readings = new RecordCache({ file: cacheFile, version, now });
  const views = new Map<string, { view: View; at: number }>();

  /** Scans some roots again, and reuses the earlier view if nothing changed. */
  const look = (key: string, roots: () => CatalogRoot[]): View => {
    const before = views.get(key);
    const scanned = scanRoots(roots(), readings, before?.view);
    const view = scanned === before?.view ? before.view : viewOf(scanned);
    views.delete(key);
    views.set(key, { view, at: now() });
    for (const oldest of views.keys()) if (views.size > MAX_CACHED_VIEWS) views.delete(oldest);
    return view;
  };

  const view = (directory = usual): View => {
    const project = projectOf(directory, home);
    const before = views.get(project);
    const age = before === undefined ? SCAN_MAX_AGE_MS : now() - before.at;
    if (before && age >= 0 && age < SCAN_MAX_AGE_MS) return before.view;
    return look(project, () => rootsOf({ explicit: roots, project, home, shipped }));
  };

  return {
    scan: (project) => view(project).scan,
    survey: (roots) => look(JSON.stringify(roots), () => roots.map(explicitRoot)).scan,
    find: (kind, name, project) => findIn(view(project).names(), kind, name),
    nearest: (name, kind, project) => nearestIn(view(project).scan.records, name, kind),
    search: (query, options, project) => view(project).search()(query, options),
    matching: (needs, project) => view(project).matching()(needs),
  };
}

type View = ReturnType<typeof viewOf>;

/** A scan with its indexes, built on first use. */
function viewOf(scanned: Scanned) {
  const { records } = scanned.scan;
  return {
    ...scanned,
    names: once(() => namesOf(records)),
    search: once(() => searchOver(records)),
    matching: once(() => needsOver(records)),
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
