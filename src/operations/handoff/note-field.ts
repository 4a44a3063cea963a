import type { Diagnostic } from "../../model/diagnostic.ts";
import { isRecord } from "../../model/json.ts";
import { type Note, Notes } from "../../model/note.ts";
import type { JsonValue } from "../../model/workflow.ts";
import { sameName } from "../../run/state/performer.ts";
import { namesStep, recipientsIn } from "../../run/worker/notes.ts";
import { didYouMean } from "../../workflow/diagnostics/did-you-mean.ts";
import type { App } from "../app.ts";
import { relatedRuns } from "../run-tree.ts";

/** What a worker tells others, beside anything that it does with its assignment. */
export const notes = Notes.describe(
  'what others must know: text, or {text, for: [steps or roles] | "all", kind: decision | trap | discovery}',
);

/** Steps and roles that a mistake names. */
const MAX_NAMED = 30;

/**
 * Finds addresses that nobody has: no step and no role of the run or of the runs around it, no step of a plan that is
 * delivered with the notes, and no agent of the registry, which may get a step later.
 */
export async function strayAddresses(
  given: readonly Note[],
  { workflowId, output }: { readonly workflowId: string; readonly output?: JsonValue | undefined },
  app: App,
): Promise<readonly Diagnostic[]> {
  const addresses = given.flatMap((note, at) =>
    note.for === undefined || note.for === "all" ? [] : note.for.map((address) => ({ address, at })),
  );
  if (addresses.length === 0) return [];
  const own = (await app.engine.observe(workflowId))!;
  const all = [own, ...(await relatedRuns(workflowId, app))].map(recipientsIn);
  const steps = [...new Set([...all.flatMap((one) => one.steps), ...plannedSteps(output)])];
  const roles = [...new Set(all.flatMap((one) => one.roles))];
  const isKnown = (address: string) =>
    steps.some((id) => namesStep(address, id)) ||
    roles.some((role) => sameName(role, address)) ||
    app.catalog.find(undefined, address, own.state.cwd) !== undefined;
  return addresses
    .filter(({ address }) => !isKnown(address))
    .map(({ address, at }): Diagnostic => {
      const near = didYouMean(address, [...steps, ...roles]);
      const hint = `${near === undefined ? "" : `${near} `}Steps: ${listed(steps)}. Roles: ${listed(roles)}.`;
      return {
        severity: "error",
        code: "unknown_name",
        message: `a note is for "${address.slice(0, 80)}", which is neither a step nor a role here`,
        hint,
        at: { field: `notes.${at}.for` },
      };
    });
}

/** The steps of a plan that is being delivered. They become steps of the run later. */
function plannedSteps(output: JsonValue | undefined): string[] {
  const { steps } = isRecord(output) ? (output as { steps?: unknown }) : {};
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: unknown) => (isRecord(step) && typeof step.id === "string" ? [step.id] : []));
}

const listed = (names: readonly string[]): string =>
  names.length <= MAX_NAMED
    ? names.join(", ")
    : `${names.slice(0, MAX_NAMED).join(", ")} and ${names.length - MAX_NAMED} more`;
