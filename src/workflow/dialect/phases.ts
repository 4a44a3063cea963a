import { isRecord } from "../../model/json.ts";
import type { Path } from "../diagnostics/diagnostics.ts";
import { didYouMean } from "../diagnostics/did-you-mean.ts";
import { phaseFields } from "./fields.ts";
import { IdAllocator, slug } from "./ids.ts";
import { type Fields, Translation } from "./translation.ts";

/** Both say which phases come before. */
const PHASE_EDGES = ["depends_on", "dependsOn"];

/** A phase whose agents have become steps. */
interface Phase {
  readonly path: Path;
  readonly name: string;
  readonly fields: Fields;
  /** The steps that wait for other phases, and those that others wait for. */
  readonly first: readonly string[];
  readonly last: readonly string[];
}

/**
 * Phases of agents. The agents of a phase run together (`parallel`) or one after the other, and after the phases that
 * it depends on.
 */
export function translatePhases(fields: Fields, phases: unknown, key: Path): Translation {
  const made = new Translation(fields, key);
  if (!Array.isArray(phases)) {
    made.report("wrong_type", key, "must be a list of phases");
    return made;
  }
  const ids = new IdAllocator();
  const known = new Map<string, Phase>();
  for (const [number, phase] of phases.entries()) {
    const path = [...key, number];
    const name = nameOf(phase, path, known, made);
    if (name === undefined) continue;
    const prefix = `${slug(name, `phase-${number + 1}`)}.`;
    known.set(name, addAgents(made, phase, { path, name, number, ids, prefix }));
  }
  for (const phase of known.values()) addPhaseEdges(made, phase, known);
  return made;
}

/** A phase's name, if it tells the phase from the others. */
function nameOf(phase: unknown, path: Path, known: ReadonlyMap<string, Phase>, made: Translation): string | undefined {
  const name = isRecord(phase) ? phase.name : undefined;
  const at = [...path, "name"];
  if (!isRecord(phase)) made.report("wrong_type", path, 'must be an object with "name" and "agents"');
  else if (name === undefined) made.report("missing_field", at, '"name" is missing');
  else if (typeof name !== "string" || name === "") made.report("wrong_type", at, "must be text that is not empty");
  else if (known.has(name)) {
    const hint = "Give each phase its own name.";
    made.report("duplicate", at, `another phase has the name "${name}" already`, { hint });
  } else return name;
  return undefined;
}

/** One group of agents without phases. */
export function translateAgents(fields: Fields, group: Fields, name: string, path: Path): Translation {
  const made = new Translation(fields, [...path, "agents"]);
  for (const field of PHASE_EDGES.filter((name) => Object.hasOwn(group, name))) {
    const message = `"${field}" belongs to phases, and this workflow has none`;
    made.report("unknown_field", [...path, field], message, { on: "key" });
  }
  addAgents(made, group, { path, name, number: 0, ids: new IdAllocator(), prefix: "" });
  return made;
}

interface PhaseContext {
  readonly path: Path;
  readonly name: string;
  readonly number: number;
  readonly ids: IdAllocator;
  /** The beginning of its steps' ids. */
  readonly prefix: string;
}

function addAgents(made: Translation, phase: Fields, { path, name, number, ids, prefix }: PhaseContext): Phase {
  const { agents, parallel = false, max_concurrent: most } = phase;
  const noSteps = { path, name, fields: phase, first: [], last: [] };
  if (typeof parallel !== "boolean") made.report("wrong_type", [...path, "parallel"], "must be true or false");
  if (!Array.isArray(agents) || agents.length === 0) {
    const missing = agents === undefined;
    const message = missing ? '"agents" is missing' : "must be a list of at least one agent";
    made.report(missing ? "missing_field" : "wrong_type", [...path, "agents"], message);
    return noSteps;
  }
  const shared = Object.entries(phase).filter(([field]) => !Object.hasOwn(phaseFields, field));
  const steps = agents.flatMap((agent: unknown, at) => {
    const place = [...path, "agents", at];
    if (typeof agent !== "string" && !isRecord(agent)) {
      made.report("wrong_type", place, 'must be the name of an agent, or an object with "agent"');
      return [];
    }
    const own: Fields = typeof agent === "string" ? { agent } : agent;
    const fields = new Map<string, Path>([
      ["id", place],
      ...(typeof agent === "string" ? [["agent", place] as const] : []),
      ...shared.flatMap(([field]) => (Object.hasOwn(own, field) ? [] : [[field, [...path, field]] as const])),
    ]);
    const id = ids.allocate([`${prefix}${slug(own.agent, `agent-${at + 1}`)}`]);
    const step = Object.fromEntries([...shared, ["type", "agent"], ...Object.entries(own), ["id", id]]);
    made.addStep(step, place, fields, parallel === true ? number : undefined);
    return [id];
  });
  if (parallel !== true) {
    for (const [at, id] of steps.entries())
      if (at > 0) made.addEdges([steps[at - 1]!], [id], `order of the agents in ${name}`, [...path, "agents", at]);
  }
  if (most !== undefined && steps.length > 0) made.addLimit(steps, most, [...path, "max_concurrent"]);
  return parallel === true
    ? { ...noSteps, first: steps, last: steps }
    : { ...noSteps, first: steps.slice(0, 1), last: steps.slice(-1) };
}

function addPhaseEdges(made: Translation, phase: Phase, known: ReadonlyMap<string, Phase>): void {
  for (const field of PHASE_EDGES) addEdgesIn(field, made, phase, known);
}

function addEdgesIn(
  field: string,
  made: Translation,
  { path, name, fields, first }: Phase,
  known: ReadonlyMap<string, Phase>,
): void {
  const given = fields[field];
  if (given === undefined) return;
  const at = [...path, field];
  const names: readonly unknown[] = Array.isArray(given) ? given : [given];
  for (const other of new Set(names)) {
    const place = Array.isArray(given) ? [...at, names.indexOf(other)] : at;
    const phase = known.get(other as string);
    if (typeof other !== "string") made.report("wrong_type", place, "must be the name of a phase");
    else if (other === name) made.report("cycle", place, `phase "${name}" depends on itself`);
    else if (phase) made.addEdges(phase.last, first, `phase ${field} ${other}`, place);
    else {
      const hint = () => didYouMean(other, known.keys()) ?? `Phases: ${[...known.keys()].join(", ")}.`;
      made.report("unknown_name", place, `there is no phase "${other}"`, { hint });
    }
  }
}
