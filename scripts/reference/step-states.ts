import { SETTLED_STATUSES } from "../../src/model/run.ts";
import { FEATURES } from "../../src/run/features/index.ts";

/** Transitions of steps without an event. */
const WITHOUT_EVENT = [
  ["[*]", "pending", ""],
  ["pending", "ready", "dependencies settled"],
] as const;

/** The page with an updated diagram between the two comments that mark its place. */
export const withStepStates = (page: string): string =>
  page.replace(/(<!-- step states[^>]*-->\n)[\s\S]*?(\n<!-- end of step states -->)/, `$1${stepStates()}$2`);

/** A diagram of a step's statuses, from the table of transitions. */
function stepStates(): string {
  const labels = new Map<string, string[]>(WITHOUT_EVENT.map(([from, to, label]) => [`${from} --> ${to}`, [label]]));
  for (const [event, moves] of Object.entries(FEATURES.transitions)) {
    // A fork copies steps of any status. Its edges would hide how steps become settled.
    if (event === "step_copied") continue;
    for (const [from, statuses] of Object.entries(moves))
      for (const to of statuses) {
        if (from === to) continue;
        const edge = `${from} --> ${to}`;
        labels.set(edge, [...(labels.get(edge) ?? []), event]);
      }
  }
  const edges = [...labels].map(([edge, events]) => (events[0] === "" ? edge : `${edge} : ${events.join(", ")}`));
  const ends = [...SETTLED_STATUSES]
    .filter((status) => [...labels.keys()].some((edge) => edge.endsWith(` ${status}`)))
    .map((status) => `${status} --> [*]`);
  return ["```mermaid", "stateDiagram-v2", ...[...edges, ...ends].map((line) => `  ${line}`), "```"].join("\n");
}
