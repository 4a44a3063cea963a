import { distance } from "fastest-levenshtein";
import { type CapabilityKind, type CapabilityRecord, Scope } from "../model/capability.ts";
import { slugOf } from "./text.ts";

/** Records by every name that a caller may use, as `kind name`. */
export type Names = ReadonlyMap<string, CapabilityRecord>;

export function namesOf(records: readonly CapabilityRecord[]): Names {
  const names = new Map<string, CapabilityRecord>();
  for (const record of records) {
    const { kind, slug, id, source } = record;
    for (const name of [`${kind} ${slug}`, `${kind} ${source.namespace}:${slug}`, `${kind} ${id}`]) {
      // The stronger record comes first.
      if (!names.has(name)) names.set(name, record);
    }
  }
  return names;
}

const strength = ({ source }: CapabilityRecord): number => Scope.options.indexOf(source.scope);

/** A name may hold a colon of its own (`team:review`), so the whole of it comes before `namespace:name`. */
export function findIn(names: Names, kind: CapabilityKind | undefined, name: string): CapabilityRecord | undefined {
  if (kind === undefined) {
    const [agent, skill] = [findIn(names, "agent", name), findIn(names, "skill", name)];
    if (!agent || !skill) return agent ?? skill;
    return strength(skill) < strength(agent) ? skill : agent;
  }
  const colon = name.indexOf(":");
  const called = [name, slugOf(name)];
  if (colon > 0) called.push(`${slugOf(name.slice(0, colon))}:${slugOf(name.slice(colon + 1))}`);
  for (const one of called) {
    const record = names.get(`${kind} ${one}`);
    if (record) return record;
  }
  return undefined;
}

const MAX_NEAREST_NAMES = 3;

/** Names that differ from the given one in at most about a third of its characters, or contain it. */
export function nearestIn(records: readonly CapabilityRecord[], name: string, kind?: CapabilityKind): string[] {
  const slug = slugOf(name);
  const most = Math.floor((slug.length + 1) / 3) + 1;
  const near = new Map<string, number>();
  for (const record of records) {
    if (kind !== undefined && record.kind !== kind) continue;
    if (record.shadowedBy !== undefined || near.has(record.slug)) continue;
    const far = distance(slug, record.slug);
    const holds = slug.length > 3 && record.slug.includes(slug);
    if (far < most || holds) near.set(record.slug, far);
  }
  return [...near]
    .sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, MAX_NEAREST_NAMES)
    .map(([slug]) => slug);
}
