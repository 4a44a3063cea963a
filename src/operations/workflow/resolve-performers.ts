import type { CapabilityRecord } from "../../model/capability.ts";
import type { Catalog } from "../../model/contracts/catalog.ts";
import type { StepSyntax } from "../../model/contracts/step.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Plan } from "../../model/plan.ts";
import { named, quotedLine } from "../../model/text/quoted.ts";
import type { Performer, WorkerConfig } from "../../model/worker.ts";
import { detectStack, fitOf, type Stack } from "../../project/languages.ts";
import { projectTop } from "../../project/project-top.ts";
import { requestedPerformers } from "../../run/state/performer.ts";
import { findInSteps } from "./find-in-steps.ts";
import { enforcedOperations } from "./operation-schemas.ts";
import { performerOfRole } from "./role-performer.ts";

/** How many capabilities a run keeps for a step that states needs. More would only make the definition longer. */
const MAX_CANDIDATES = 8;

/** The capabilities that a plan asks for. */
export interface ResolvedPerformers {
  readonly performers: Record<string, Performer[]>;
  readonly mistakes: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
  /** Roles that files of others have taken over. The workflow is as it should be, so no place in it is meant. */
  readonly taken: readonly Diagnostic[];
}

/**
 * Finds every capability that a workflow asks for in the registry; the run keeps what was found. An unknown name is
 * only a warning: the host may know it, and the worker then gets no file. An unmet need is a mistake, because it
 * leaves no name. Between equals, what the project is written in decides.
 * @param roles the agents are roles of one of Baton's own templates; else each is meant as named
 */
export function resolvePerformers(plan: Plan, catalog: Catalog, project: string, roles = false): ResolvedPerformers {
  let known: Stack | undefined;
  const stack = () => (known ??= detectStack(projectTop(project)));
  const performers: Record<string, Performer[]> = {};
  const mistakes: Diagnostic[] = [];
  const warnings: Diagnostic[] = [];
  const taken: Diagnostic[] = [];
  for (const [key, { agent, skill, needs }] of requestedPerformers(plan)) {
    const name = agent ?? skill;
    if (name !== undefined) {
      const kind = agent === undefined ? "skill" : "agent";
      const found = performerOf(catalog, kind, name, project);
      const role = roles && kind === "agent" ? performerOfRole(name, project, catalog, stack) : undefined;
      // A worker that asks for the role by its own name may still have it.
      performers[key] = role && role.record.path !== found.path ? [asPerformer(role.record), found] : [found];
      if (role?.takenOver) taken.push(roleTaken(name, role.record));
      if (found.path === undefined)
        warnings.push({ ...unknown(catalog, kind, name, project), at: stepsThatAsk(plan, name) });
    } else if (needs) {
      const { covering, nearest } = catalog.matching(needs, project);
      const fit = new Map(covering.map((one) => [one, fitOf(one.record, stack()).score]));
      // The sort keeps the order of those that fit the needs and the project equally well.
      const best = [...covering].sort((a, b) => b.score - a.score || fit.get(b)! - fit.get(a)!);
      performers[key] = best.slice(0, MAX_CANDIDATES).map(({ record }) => asPerformer(record));
      if (covering.length > 0) continue;
      const close = nearest.slice(0, 3).map(({ record, lacks }) => `${record.name} (lacks ${lacks.join(", ")})`);
      mistakes.push({
        severity: "error",
        code: "unknown_name",
        message: `no capability meets all needs: ${needs.join(", ")}`,
        hint: `${close.length > 0 ? `Nearest: ${close.join("; ")}. ` : ""}find_capabilities {needs: [${needs.join(", ")}]} searches for them; or name an agent.`,
        at: { ...stepsThatAsk(plan, needs.join()), field: "needs" },
      });
    }
  }
  return { performers, mistakes, warnings, taken };
}

/** Says that somebody else's file does what a template of Baton means an agent of Baton's own to do. */
function roleTaken(role: string, { name, path, source }: CapabilityRecord): Diagnostic {
  return {
    severity: "warning",
    code: "name_collision",
    message: `the role ${quotedLine(role)} is done by ${quotedLine(name)} from ${named(path)} (${source.scope}), not by Baton's own agent`,
    hint: "Rename that file if this is not meant.",
    at: {},
  };
}

/** A capability by name. One that the registry does not know is only a name. */
export function performerOf(
  catalog: Catalog,
  kind: Performer["kind"] | undefined,
  name: string,
  project: string,
): Performer {
  const record = catalog.find(kind, name, project);
  return record ? { ...asPerformer(record), name } : { kind: kind ?? "agent", name };
}

export function unknown(
  catalog: Catalog,
  kind: Performer["kind"],
  name: string,
  project: string,
): Omit<Diagnostic, "at"> {
  const near = catalog.nearest(name, kind, project)[0];
  return {
    severity: "warning",
    code: "unknown_name",
    message: `there is no ${kind} "${name}" in the registry, so the worker of the step gets no file to follow`,
    hint: near === undefined ? "find_capabilities lists them." : `Did you mean "${near}"?`,
  };
}

function asPerformer(record: CapabilityRecord): Performer {
  const { kind, slug, path, outputSchema, requestedTools } = record;
  const operations = enforcedOperations(record);
  return {
    ...{ kind, name: slug, path },
    ...(outputSchema && { outputSchema }),
    ...(operations.some(({ inputSchema, outputSchema: given }) => inputSchema || given) && { operations }),
    ...(requestedTools.mode === "list" && { requestedTools: requestedTools.allow }),
  };
}

/** The first step that asks for a capability. */
function stepsThatAsk({ workflow }: Plan, asked: string): { step?: string } {
  const step = workflow.steps.find(({ config }) => {
    const { agent, skill, needs } = config as { agent?: string; skill?: string; needs?: string[] };
    return agent === asked || skill === asked || needs?.join() === asked;
  });
  return step ? { step: step.id } : {};
}

/** Steps that name a runner that is not set up here, steps inside steps included. */
export function unknownRunners(
  { workflow }: Plan,
  known: readonly string[],
  stepTypes: readonly StepSyntax[],
): Diagnostic[] {
  return findInSteps(workflow, stepTypes, ({ config }) => {
    const { runner } = config as WorkerConfig;
    if (!runner || !("name" in runner) || known.includes(runner.name)) return [];
    const message = `there is no runner "${runner.name}"`;
    const hint = `${runnersKnown(known)}, or given as {command}.`;
    return [{ severity: "error", code: "unknown_name", message, hint, field: "runner" }];
  });
}

const runnersKnown = (known: readonly string[]): string =>
  `Known: ${known.join(", ")}. Add others under "runners" in config.json`;

/** The runner of a whole run that does not exist. */
export function unknownRunner(name: string | undefined, known: readonly string[]): Diagnostic | undefined {
  if (name === undefined || known.includes(name)) return undefined;
  const hint = `${runnersKnown(known)}.`;
  return {
    severity: "error",
    code: "unknown_name",
    message: `there is no runner "${name}"`,
    hint,
    at: { field: "runner" },
  };
}
