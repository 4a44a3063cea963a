import type { CapabilityKind, CapabilityRecord } from "../../model/capability.ts";
import type { MatchReason, NeedsMatch, SearchHit } from "../../model/contracts/catalog.ts";
import { truncate } from "../../model/text/truncate.ts";

/** Characters of a description in a list. It goes into a model's context, and others wrote it. */
const MAX_SHORT_CHARACTERS = 200;

/** One capability in a list. */
export interface CapabilityLine {
  readonly name: string;
  readonly kind: CapabilityKind;
  readonly id: string;
  readonly description: string;
  readonly scope: string;
  readonly score?: number;
  readonly reason?: string;
  readonly lacks?: readonly string[];
  readonly path?: string;
}

/** @param full with the path and more of the description */
export function lineOf(record: CapabilityRecord, full: boolean, match: Partial<CapabilityLine> = {}): CapabilityLine {
  const { name, kind, id, description, source, path } = record;
  return {
    name: truncate(name, 100),
    kind,
    id,
    description: truncate(description, full ? 2 * MAX_SHORT_CHARACTERS : MAX_SHORT_CHARACTERS),
    scope: scopeText(source),
    ...match,
    ...(full && { path }),
  };
}

/** Where the file of a capability comes from. */
export const scopeText = ({ scope, namespace }: CapabilityRecord["source"]): string =>
  scope === "plugin" ? `plugin ${namespace}` : scope;

/** Why a search found a capability. */
export const hitReason = ({ score, reasons }: SearchHit): Partial<CapabilityLine> => ({
  score,
  reason: reasons.map(reasonText).join("; "),
});

const reasonText = ({ word, fields }: MatchReason): string => `"${word}" in ${fields.join(", ")}`;

/** Which needs a capability covers, and which it lacks. */
export const needsReason = ({ score, covers, lacks }: NeedsMatch): Partial<CapabilityLine> => ({
  score,
  reason: covers.map(({ need, field }) => `"${truncate(need, 60)}" in ${field}`).join("; "),
  ...(lacks.length > 0 && { lacks }),
});
