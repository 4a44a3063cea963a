import type { CapabilityIssue, CapabilityRecord } from "../../model/capability.ts";
import type { Scan } from "../../model/contracts/catalog.ts";

/** A fact about a file that its author may not expect. */
export interface FileProblem {
  readonly path: string;
  readonly line?: number;
  readonly effect: CapabilityIssue["effect"] | "shadowed";
  readonly code: string;
  readonly message: string;
  readonly mend: string;
}

export interface CapabilityReport {
  readonly skills: number;
  readonly agents: number;
  readonly complaints: readonly FileProblem[];
  /** What Baton does not execute from the state directory, in sentences. */
  readonly state?: readonly string[];
  /** Files without frontmatter. Most are text about other things, so they are counted and not listed. */
  readonly prose: number;
}

/** What a scan tells the authors of the files. */
export function reportProblems({ records, refusals }: Scan): CapabilityReport {
  const byId = new Map(records.map((record) => [record.id, record]));
  const isProse = ({ code, path }: Scan["refusals"][number]) =>
    code === "no-frontmatter" && !path.endsWith("/SKILL.md");
  const complaints = [
    ...refusals.filter((refusal) => !isProse(refusal)).map(({ path, ...finding }) => complain(path, finding)),
    ...records.flatMap(({ path, parse }) => parse.findings.map((finding) => complain(path, finding))),
    ...records.flatMap((record) => shadow(record, byId.get(record.shadowedBy ?? ""))),
  ];
  return {
    skills: records.filter(({ kind }) => kind === "skill").length,
    agents: records.filter(({ kind }) => kind === "agent").length,
    complaints,
    prose: refusals.filter(isProse).length,
  };
}

const complain = (path: string, { line, effect, code, message, mend }: CapabilityIssue): FileProblem => ({
  path,
  ...(line !== undefined && { line }),
  ...{ effect, code, message, mend },
});

function shadow(record: CapabilityRecord, winner: CapabilityRecord | undefined): FileProblem[] {
  if (!winner) return [];
  const { slug, kind, source, path } = record;
  const message = `is shadowed: the name "${slug}" means the ${kind} ${winner.path}`;
  const mend =
    source.namespace === winner.source.namespace
      ? "Rename or remove one of them."
      : `Call this one "${source.namespace}:${slug}", or rename one of them.`;
  return [{ path, effect: "shadowed", code: "shadowed", message, mend }];
}
