import type { CapabilityRecord } from "../../model/capability.ts";
import type { Catalog } from "../../model/contracts/catalog.ts";
import { fitOf, type Stack } from "../../project/languages.ts";

/** What a role offers that is done in a language: an agent for the project's own language does it better. */
const LANGUAGE_WORK = "implementation";

/** Who performs a role of Baton's own templates. */
export interface RolePerformer {
  readonly record: CapabilityRecord;
  /** The file is not Baton's own: a project, a plugin or the user has put it in its place. */
  readonly takenOver: boolean;
}

/**
 * The agent that performs a role of Baton's own templates in a project. A file of that name that a project, plugin or
 * user has is meant. Else, if the work is done in a language, the agent that offers the same and fits the project's
 * languages and frameworks best; between agents for different languages of the project, the general one.
 */
export function performerOfRole(
  role: string,
  project: string,
  catalog: Catalog,
  stack: () => Stack,
): RolePerformer | undefined {
  const record = catalog.find("agent", role, project);
  if (!record) return undefined;
  const { records } = catalog.scan(project);
  if (!isBatons(record, records)) return { record, takenOver: true };
  if (!record.tags.includes(LANGUAGE_WORK)) return { record, takenOver: false };
  const here = stack();
  const fitting = offering(record, catalog, project)
    .map((one) => ({ one, ...fitOf(one, here) }))
    .filter(({ score }) => score > 0);
  const most = Math.max(...fitting.map(({ score }) => score));
  const best = fitting.filter(({ score }) => score === most);
  const chosen = new Set(best.map(({ family }) => family)).size === 1 ? best[0]!.one : record;
  return { record: chosen, takenOver: !isBatons(chosen, records) };
}

/** Agents that offer the same as a role, the strongest first. A description proves no offer. */
function offering({ slug, id }: CapabilityRecord, catalog: Catalog, project: string): CapabilityRecord[] {
  const named = new Set(
    catalog
      .matching([LANGUAGE_WORK], project)
      .covering.filter(({ covers }) => covers.some(({ field }) => field !== "description"))
      .map((match) => match.record.id),
  );
  return catalog
    .scan(project)
    .records.filter(
      (one) =>
        one.kind === "agent" &&
        one.id !== id &&
        one.shadowedBy === undefined &&
        !one.flags.hidden &&
        (named.has(one.id) || one.slug.startsWith(`${slug}-`)),
    );
}

/** Whether a file is Baton's own, wherever it lies: a plugin brings the same files. */
const isBatons = ({ source, slug }: CapabilityRecord, records: readonly CapabilityRecord[]): boolean =>
  source.scope === "shipped" ||
  records.some((one) => one.source.scope === "shipped" && one.slug === slug && one.source.sha256 === source.sha256);
