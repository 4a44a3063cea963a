import type { Catalog } from "../model/contracts/catalog.ts";
import { needsOver } from "./match-needs.ts";
import { findIn, namesOf, nearestIn } from "./names.ts";
import { Readings } from "./record-cache.ts";
import { explicitRoot, projectOf, type Root, rootsOf } from "./roots.ts";
import { type Scanned, scanRoots } from "./scan.ts";
import { searchOver } from "./search.ts";

export interface CatalogOptions {
  /** Directories to read before the usual ones. */
  readonly roots: readonly string[];
  /** A directory of the project that is meant by default. */
  readonly project: string;
  readonly home?: string | undefined;
  /** The directory that holds Baton's own `agents` and `skills`. */
  readonly shipped?: string | undefined;
  /** The file that caches readings between processes. */
  readonly cacheFile?: string | undefined;
  readonly version: string;
  readonly now: () => number;
}

/** Milliseconds for which a scan is reused. */
const FRESH = 2_000;
/** How many scans are cached, with what was derived from them. */
const MOST_VIEWS = 8;

export function createCatalog({
  roots,
  project: usual,
  home,
  shipped,
  cacheFile,
  version,
  now,
}: CatalogOptions): Catalog {
  const readings = new Readings({ file: cacheFile, version, now });
  const views = new Map<string, { view: View; at: number }>();

  /** The content of some roots. Only what changed is read again. */
  const look = (key: string, roots: () => Root[]): View => {
    const before = views.get(key);
    const scanned = scanRoots(roots(), readings, before?.view);
    const view = scanned === before?.view ? before.view : viewOf(scanned);
    views.delete(key);
    views.set(key, { view, at: now() });
    for (const oldest of views.keys()) if (views.size > MOST_VIEWS) views.delete(oldest);
    return view;
  };

  const view = (directory = usual): View => {
    const project = projectOf(directory, home);
    const before = views.get(project);
    const age = before === undefined ? FRESH : now() - before.at;
    if (before && age >= 0 && age < FRESH) return before.view;
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

/** A scan, with what is derived from it on demand. */
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
