import type { FieldError, FieldTemplates, StepSyntax } from "../../model/contracts/step.ts";
import { findPatternError } from "../../model/regex/matching.ts";
import { agentFields, skillFields } from "../../model/worker.ts";
import { keywordErrors } from "../../workflow/schema/json-schema.ts";

const templates: Readonly<Record<string, FieldTemplates>> = {
  prompt: "data",
  action: "data",
  input: "data",
  files: "data",
  verify: {
    self: "shell",
    keys: {
      ...{ command: "shell", commands: "commands", workingDirectory: "text" },
      ...{ file: "text", contains: "text", matches: "text" },
    },
  },
  fallback: { keys: { action: "data", command: "shell" } },
};

/**
 * A step for an agent, by name or by needed capabilities. Baton leases it to the worker that accepts it, and checks the
 * output.
 */
export const agentSyntax = {
  type: "agent",
  summary: "Work for an agent. The worker that accepts the step has a lease on it, and Baton checks the delivery.",
  fields: agentFields,
  templates,
  knownBy: ["agent", "needs"],
  byWorker: true,
  fieldErrors: (step) => [...performerMistakes(step), ...commonMistakes(step)],
} satisfies StepSyntax;

/** A step for a worker that follows a skill. */
export const skillSyntax = {
  type: "skill",
  summary: "The same for a worker that follows a skill.",
  fields: skillFields,
  templates,
  knownBy: ["skill"],
  byWorker: true,
  fieldErrors: commonMistakes,
} satisfies StepSyntax;

type Raw = Readonly<Record<string, unknown>>;

function performerMistakes(step: Raw): FieldError[] {
  const [agent, needs] = [Object.hasOwn(step, "agent"), Object.hasOwn(step, "needs")];
  if (agent && needs) {
    const hint = '"agent" names one, "needs" lets Baton find one that can do it.';
    return [{ field: ["needs"], message: 'a step has "agent" or "needs", not both', hint }];
  }
  if (agent || needs) return [];
  const hint = "Write agent: <name>, or needs: [<a capability>].";
  return [{ field: ["agent"], message: "the step does not say who performs it", hint }];
}

function commonMistakes(step: Raw): FieldError[] {
  const mistakes: FieldError[] = templatedNames(step);
  // A string names a schema that Baton knows.
  if (step.output !== undefined && typeof step.output !== "string") {
    for (const { path, message } of keywordErrors(step.output)) {
      const hint = '"output" is the JSON Schema of what is delivered; the name of the result is "outputKey".';
      mistakes.push({ field: ["output", ...path], message, ...(path.length === 0 && { hint }) });
    }
  }
  const checks = Array.isArray(step.verify) ? step.verify : [step.verify];
  checks.forEach((check: unknown, at) => {
    if (typeof check !== "object" || check === null) return;
    const field = Array.isArray(step.verify) ? ["verify", at] : ["verify"];
    mistakes.push(...fileCheckMistakes(check as Raw, field));
  });
  return mistakes;
}

/**
 * Templates in the names of agents and skills: Baton resolves performers when it creates the run, before any template.
 */
function templatedNames(step: Raw): FieldError[] {
  const fallback = Array.isArray(step.fallback) ? step.fallback : [step.fallback];
  const places: [readonly (string | number)[], unknown][] = [
    ...["agent", "skill", "needs"].map((field): [readonly string[], unknown] => [[field], step[field]]),
    ...fallback.map((one, at): [readonly (string | number)[], unknown] => {
      const { agent, skill, needs } = (typeof one === "object" && one !== null ? one : { agent: one }) as Raw;
      return [Array.isArray(step.fallback) ? ["fallback", at] : ["fallback"], [agent, skill, needs].flat()];
    }),
  ];
  const filled = (value: unknown) => [value].flat().some((name) => typeof name === "string" && name.includes("{{"));
  return places
    .filter(([, value]) => filled(value))
    .map(([field]) => ({
      field,
      message: "the name of an agent or skill cannot contain {{ }}",
      hint: "Write the name as plain text.",
    }));
}

function fileCheckMistakes(check: Raw, field: readonly (string | number)[]): FieldError[] {
  if (check.exists === false && (check.contains !== undefined || check.matches !== undefined)) {
    return [{ field: [...field, "exists"], message: "a file that must not exist cannot contain anything" }];
  }
  if (typeof check.matches !== "string" || check.matches.includes("{{")) return [];
  const wrong = findPatternError(check.matches, "mu");
  if (wrong === undefined) return [];
  const message = wrong.kind === "invalid" ? wrong.message : `the regular expression ${wrong.message}`;
  return [{ field: [...field, "matches"], message }];
}
